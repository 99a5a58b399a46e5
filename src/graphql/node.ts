// Node: the Relay interface of all records, with an opaque id that contains the type.
import { Field, ID, InterfaceType } from 'type-graphql';
import { type DataSource, getMetadataArgsStorage } from 'typeorm';
import { Key } from '../database/columns';

@InterfaceType({
  description: 'Anything with a global id (bản ghi): pass the id to `node` to read it again.',
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque global id, prefixed by its type (mã định danh).', simple: true })
  @Key()
  id!: string;
}

type Entity = new () => Node;
const prefixIn = (entity: unknown) => (entity as { idPrefix?: string }).idPrefix;

/** The prefixes of the ids of all entities that were loaded. */
export const idPrefixes = (): string[] =>
  getMetadataArgsStorage().tables.flatMap(({ target }) => prefixIn(target) ?? []);

/** The entities of each database by the prefix of their ids: personal fields look them up for every row. */
const byPrefix = new WeakMap<DataSource, Map<string, Entity>>();

/** The entity of a stored id, by its prefix, if there is one. An id of a client is checked first. */
export function entityOf(source: DataSource, id: string): Entity | undefined {
  let entities = byPrefix.get(source);
  if (!entities) {
    const found = source.entityMetadatas.map(({ target }) => [prefixIn(target), target as Entity] as const);
    entities = new Map(found.filter((each): each is [string, Entity] => each[0] !== undefined));
    byPrefix.set(source, entities);
  }
  return entities.get(id.slice(0, id.lastIndexOf('_')));
}
