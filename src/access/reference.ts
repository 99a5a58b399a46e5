// @Reference: declares a relation once, for its column, its foreign key, and the GraphQL field that shows the record.
import type { GraphQLField, GraphQLSchema } from 'graphql';
import { isObjectType } from 'graphql';
import { type ClassType, Extensions, Field } from 'type-graphql';
import { ForeignKey } from 'typeorm';
import { Text } from '../database/columns';
import type { Node } from '../graphql/node';
import type { Reader } from '../graphql/reader';
import type { Shown } from './scope';

type Target = ClassType<Node> & { shown?: Shown };

interface ReferenceOptions {
  /** The GraphQL field that shows the record; none when left out. */
  as?: string;
  description?: string;
  /** There may be no such record: the column is nullable, and so is the field. */
  optional?: boolean;
  /**
   * The record may be out of the caller's reach: then the field is null. Left out where every caller who sees this
   * record also sees that one.
   */
  hidden?: boolean;
}

interface ReferenceExtension {
  reference?: { target: () => Target; id: string };
}

/** The part of the operation's context that reads records for the caller. */
interface ReferenceContext {
  reader: Reader;
  findShown(entity: ClassType<Node> & { shown: Shown }, id: string | null): Promise<Node | null>;
}

/** Marks a property as the id of another record. */
export function Reference(
  target: () => Target,
  { as, description, optional = false, hidden = false }: ReferenceOptions = {},
): PropertyDecorator {
  return (prototype, property) => {
    Text({ nullable: optional })(prototype, property);
    ForeignKey(target)(prototype, property);
    if (!as) return;
    Field(target, { nullable: optional || hidden, description })(prototype, as);
    Extensions({ reference: { target, id: property } })(prototype, as);
  };
}

/** Gives every reference field its resolver. An entity with a `shown` rule is only read through that rule. */
export function resolveReferences(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    const fields = Object.values(type.getFields()) as GraphQLField<
      Record<string, string | null>,
      ReferenceContext
    >[];
    for (const field of fields) {
      const { reference } = field.extensions as ReferenceExtension;
      if (reference)
        field.resolve = (record, _args, ctx) => read(ctx, reference.target(), record[reference.id]!);
    }
  }
}

/** Reads the referenced record; a foreign key always points to an existing one, so null means none or hidden. */
function read(ctx: ReferenceContext, target: Target, id: string | null): Promise<Node | null> {
  const { shown } = target;
  if (shown) return ctx.findShown(Object.assign(target, { shown }), id);
  return id === null ? Promise.resolve(null) : ctx.reader.get(target, id);
}
