// GraphQL inputs of committee members.
import { Field, ID, InputType } from 'type-graphql';
import { MutationInput } from '../../events/mutation';
import { VersionRead, Why } from '../../events/revision';
import { Renamed } from '../../graphql/renamed';
import { DateScalar } from '../../graphql/scalars';
import { NotBefore, Code, IdOf } from '../../graphql/validation';
import { CommitteeRole } from './committee.entity';

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

  @Field(() => CommitteeRole, {
    nullable: true,
    description: 'As what the holder sits on it; MEMBER when left out (vai trò trong ban chỉ đạo).',
  })
  role?: CommitteeRole | null;
}

@InputType({ description: 'Corrects a member; what is left out stays (đính chính thành viên).' })
export class CorrectCommitteeMemberInput extends MutationInput {
  @Field(() => ID, { description: 'The member (thành viên).' })
  @IdOf('member')
  memberId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The unit at which the position is; null is refused (đơn vị).',
  })
  @IdOf('unit', { optional: true })
  unitId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Code of the position; null is refused (mã chức danh).',
  })
  @Code({ optional: true })
  positionCode?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'First day; null is refused (từ ngày).' })
  validFrom?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null while it lasts (đến ngày).' })
  validTo?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The document that says so, if it is known; null clears it (căn cứ).',
  })
  @IdOf('document', { optional: true })
  documentId?: string | null;

  @Field(() => CommitteeRole, {
    nullable: true,
    description: 'As what the holder sits on it; null is refused (vai trò trong ban chỉ đạo).',
  })
  role?: CommitteeRole | null;

  @Why()
  reason!: string;
}

@InputType({ description: 'Ends a membership (kết thúc tư cách thành viên).' })
export class EndCommitteeMemberInput extends MutationInput {
  @Field(() => ID, { description: 'The member (thành viên).' })
  @IdOf('member')
  memberId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => DateScalar, { description: 'Last day (đến ngày).' })
  @Renamed('validTo', () => DateScalar, { since: '2026-11', required: true })
  until!: string;
}
