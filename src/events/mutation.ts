// Mutations: the input and payload fields that all share, and mutation(), which declares the mutation of an action.
import { Arg, type ClassType, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { May } from '../access/gate';
import type { Permission } from '../access/policy';
import { UserError, Warning } from '../graphql/errors';
import { Words } from '../graphql/validation';
import { EventCursor } from '../graphql/scalars';
import { type EventName, Events } from './catalogue';
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

@InputType({ description: 'Input fields of a mutation that can warn (đầu vào có cảnh báo).' })
export abstract class WarnedInput extends MutationInput {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Saves the change in spite of what it warns of; false when left out or null: then it is refused with its `warnings` (chấp nhận cảnh báo).',
  })
  acceptWarnings?: boolean | null;
}

@ObjectType({ description: 'Payload fields of every mutation (kết quả chung).', simpleResolvers: true })
export abstract class Payload {
  @Field(() => [UserError], { description: 'Why it was refused; empty when it succeeded (lý do từ chối).' })
  userErrors!: UserError[];

  @Field(() => [Warning], {
    description:
      'What is possible but improbable; with acceptWarnings the change was saved, without it nothing was (cảnh báo).',
  })
  warnings!: Warning[];

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Position of this change in the event log; null when refused (vị trí thay đổi).',
  })
  cursor!: string | null;
}

/** Options of mutation(); the descriptions are for the schema. */
interface MutationOptions<I, R> {
  /** The permission that the caller must hold. */
  permission: Permission;
  description: string;
  input: { type: ClassType<I & MutationInput>; description: string };
  /** The records in the payload, by field: a record (null when refused) or a list (empty when refused). */
  payload: { description: string; fields: PayloadFields<R> };
  /** The events that it may record. */
  events: EventName[];
}
/** The fields of a payload, from the type that the action returns. */
type PayloadFields<R> = { [K in keyof R]: { readonly type: TypeOf<R[K]>; readonly description: string } };
type TypeOf<T> = T extends (infer Each)[] ? readonly [ClassType<Each & object>] : ClassType<T & object>;

/**
 * Makes the mutation of an action, under the action's name. It calls write(), which runs the action in one transaction.
 * @returns a resolver class for the schema's list.
 */
export function mutation<I extends object, R extends object>(
  action: (tx: Tx, input: I) => Promise<R>,
  {
    permission,
    description,
    input: { type: Input, description: inputDescription },
    payload,
    events,
  }: MutationOptions<I, R>,
): ClassType {
  const { name } = action;
  const Answer = payloadType(`${name[0]!.toUpperCase()}${name.slice(1)}Payload`, payload);

  @Resolver()
  class MutationResolver {
    @May(permission)
    @Events(events)
    @Mutation(() => Answer, { description })
    [name](
      @Arg('input', () => Input, { description: inputDescription }) input: I & MutationInput,
      @Ctx() ctx: WriteContext,
    ): Promise<Payload> {
      return write(ctx, Answer, input, action);
    }
  }
  return MutationResolver;
}

interface AnyPayload {
  description: string;
  fields: Record<string, { type: ClassType | readonly [ClassType]; description: string }>;
}

function payloadType(name: string, { description, fields }: AnyPayload): new () => Payload {
  @ObjectType(name, { description, simpleResolvers: true })
  class Answer extends Payload {
    constructor() {
      super();
      for (const [field, { type }] of Object.entries(fields))
        if (Array.isArray(type)) Object.assign(this, { [field]: [] });
    }
  }
  for (const [field, { type, description }] of Object.entries(fields)) {
    Field(() => type as ClassType | [ClassType], { nullable: !Array.isArray(type), description })(
      Answer.prototype,
      field,
    );
  }
  Object.defineProperty(Answer, 'name', { value: name }); // write() stores idempotent answers under this name
  return Answer;
}
