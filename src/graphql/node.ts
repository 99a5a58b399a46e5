// Node: the Relay interface of all records, with an opaque id that contains the type.
import { Field, ID, InterfaceType } from 'type-graphql';
import { Key } from '../database/columns';

@InterfaceType({
  description: 'Anything with a global id (bản ghi): pass the id to `node` to read it again.',
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque global id, prefixed by its type (mã định danh).', simple: true })
  @Key()
  id!: string;
}
