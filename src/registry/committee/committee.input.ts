// GraphQL inputs of committee members.
import { Field, ID, InputType } from 'type-graphql';
import { MutationInput } from '../../events/mutation';
import { Renamed } from '../../graphql/renamed';
import { DateScalar } from '../../graphql/scalars';
import { NotBefore, Code, IdOf } from '../../graphql/validation';

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
  @Renamed('validFrom', () => DateScalar, { since: '2026-11', required: true })
  since!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day; null while it lasts (đến ngày).',
  })
  @Renamed('validTo', () => DateScalar, { since: '2026-11' })
  @NotBefore('since')
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
  @Renamed('validTo', () => DateScalar, { since: '2026-11', required: true })
  until!: string;
}
