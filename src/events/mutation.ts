// Mutations: the input and payload fields that all share, and mutation(), which declares the mutation of an action.
import { Arg, type ClassType, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { May } from '../access/gate';
import type { Permission } from '../access/policy';
import { UserError } from '../graphql/errors';
import { Words } from '../graphql/validation';
import { EventCursor } from '../graphql/scalars';
import { type EventName, Tells } from './catalogue';
import { type Tx, write, type WriteContext } from './write';

/** Decorates the clientMutationId field, which every mutation's input has. */
export function ClientMutationId(): PropertyDecorator {
  return (target, property) => {
    Field(() => String, {
      nullable: true,
      description:
        'Idempotency key: the same key from the same caller within 24 h returns the first answer and changes nothing again (khóa chống lặp).',
    })(target, property);
    Words(200, { optional: true })(target, property);
  };
}

@InputType({ description: 'Input fields of every mutation (đầu vào chung).' })
export abstract class MutationInput {
  @ClientMutationId()
  clientMutationId?: string | null;
}

@ObjectType({ description: 'Payload fields of every mutation (kết quả chung).', simpleResolvers: true })
export abstract class Payload {
  @Field(() => [UserError], { description: 'Why it was refused; empty when it succeeded (lý do từ chối).' })
  userErrors!: UserError[];

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Position of this change in the event log; null when refused (vị trí thay đổi).',
  })
  cursor!: string | null;
}

/** Declaration of a mutation, beside its action; the descriptions are for the schema. */
interface Declaration<I, R> {
  /** The permission that the caller must hold. */
  may: Permission;
  does: string;
  takes: [input: ClassType<I & MutationInput>, description: string];
  /** The records in the payload, by field: a record (null when refused) or a list (empty when refused). */
  gives: Gives<R>;
  answers: string;
  /** The events that it may record. */
  tells: EventName[];
}
/** The fields of a payload, from the type that the action returns. */
export type Gives<R> = { [K in keyof R]: readonly [type: TypeOf<R[K]>, description: string] };
type TypeOf<T> = T extends (infer Each)[] ? readonly [ClassType<Each & object>] : ClassType<T & object>;

/**
 * Makes the mutation of an action, under the action's name. It calls write(), which runs the action in one transaction.
 * @returns a resolver class for the schema's list.
 */
export function mutation<I extends object, R extends object>(
  action: (tx: Tx, input: I) => Promise<R>,
  { may, does, takes: [Input, what], gives, answers, tells }: Declaration<I, R>,
): ClassType {
  const { name } = action;
  const Answer = payloadOf(`${name[0]!.toUpperCase()}${name.slice(1)}Payload`, answers, gives);

  @Resolver()
  class MutationResolver {
    @May(may)
    @Tells(tells)
    @Mutation(() => Answer, { description: does })
    [name](
      @Arg('input', () => Input, { description: what }) input: I & MutationInput,
      @Ctx() ctx: WriteContext,
    ): Promise<Payload> {
      return write(ctx, Answer, input, action);
    }
  }
  return MutationResolver;
}

function payloadOf(
  name: string,
  description: string,
  gives: Record<string, readonly [type: ClassType | readonly [ClassType], description: string]>,
): new () => Payload {
  const fields = Object.entries(gives).map(([field, [type, text]]) => ({ field, type, text }));

  @ObjectType(name, { description, simpleResolvers: true })
  class Answer extends Payload {
    constructor() {
      super();
      for (const { field, type } of fields) if (Array.isArray(type)) Object.assign(this, { [field]: [] });
    }
  }
  for (const { field, type, text } of fields) {
    Field(() => type as ClassType | [ClassType], { nullable: !Array.isArray(type), description: text })(
      Answer.prototype,
      field,
    );
  }
  Object.defineProperty(Answer, 'name', { value: name }); // write() stores idempotent answers under this name
  return Answer;
}
