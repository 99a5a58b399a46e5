// What do all records share? An opaque id that tells their type: Relay's Node.
import { Field, ID, InterfaceType } from 'type-graphql';
import { Key } from '../database/columns';

@InterfaceType({
  description: 'Anything with a global id (bản ghi): hand the id to `node` to read it again.',
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque global id, prefixed by its type (mã định danh).', simple: true })
  @Key()
  id!: string;
}
