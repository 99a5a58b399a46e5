// What do all mutations share? An idempotency key going in; refusals and a cursor coming out.
import { Field, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../lib/errors';
import { Words } from '../lib/validation';
import { EventCursor } from './cursor';

/** The field that every mutation's input has. */
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

@InputType({ description: 'What every mutation takes (đầu vào chung).' })
export abstract class MutationInput {
  @ClientMutationId()
  clientMutationId?: string | null;
}

@ObjectType({ description: 'What every mutation gives (kết quả chung).', simpleResolvers: true })
export abstract class Payload {
  @Field(() => [UserError], { description: 'Why it was refused; empty when it was done (lý do từ chối).' })
  userErrors!: UserError[];

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Position of this change in the event log; null when refused (vị trí thay đổi).',
  })
  cursor!: string | null;
}
