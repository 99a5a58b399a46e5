// What does a client say of the members of committees?
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { MutationInput, Payload } from '../../events/payload';
import { DateScalar } from '../../lib/scalars';
import { Code, IdOf } from '../../lib/validation';
import { CommitteeMember } from './committee.entity';

@InputType({ description: 'Puts the holder of a position on a committee (thêm thành viên).' })
export class AddCommitteeMemberInput extends MutationInput {
  @Field(() => ID, { description: 'A unit of kind COMMITTEE (ban chỉ đạo).' })
  @IdOf('unit')
  committeeId!: string;

  @Field(() => ID, { description: 'The unit at which the position is (đơn vị).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => String, { description: 'Code of the position (mã chức danh).' })
  @Code()
  positionCode!: string;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  since!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day; null while it lasts (đến ngày).',
  })
  until?: string | null;

  @Field(() => ID, { nullable: true, description: 'The document that says so, if it is known (căn cứ).' })
  @IdOf('document', { optional: true })
  documentId?: string | null;
}

@InputType({ description: 'Ends a membership (kết thúc tư cách thành viên).' })
export class EndCommitteeMemberInput extends MutationInput {
  @Field(() => ID, { description: 'The member (thành viên).' })
  @IdOf('member')
  memberId!: string;

  @Field(() => DateScalar, { description: 'Last day (đến ngày).' })
  until!: string;
}

@ObjectType({ description: 'The member that was added (kết quả).', simpleResolvers: true })
export class AddCommitteeMemberPayload extends Payload {
  @Field(() => CommitteeMember, {
    nullable: true,
    description: 'The member; null when refused (thành viên).',
  })
  member?: CommitteeMember | null;
}

@ObjectType({ description: 'The member whose membership ends (kết quả).', simpleResolvers: true })
export class EndCommitteeMemberPayload extends Payload {
  @Field(() => CommitteeMember, {
    nullable: true,
    description: 'The member; null when refused (thành viên).',
  })
  member?: CommitteeMember | null;
}
