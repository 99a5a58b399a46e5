// GraphQL inputs of training requirements and exemptions.
import { Field, ID, InputType } from 'type-graphql';
import { VersionRead } from '../../events/revision';
import { MutationInput } from '../../events/mutation';
import { connectionOf } from '../../graphql/page';
import { Renamed } from '../../graphql/renamed';
import { DateScalar, PeriodsScalar, WholeScalar } from '../../graphql/scalars';
import {
  NotBefore,
  Code,
  IdOf,
  Size,
  WebAddress,
  Whole,
  Words,
  ValidateNested,
} from '../../graphql/validation';
import { OfficialCategory } from '../official/official.entity';
import { ContentGroup } from '../programme/programme.enums';
import { UnitKind } from '../unit/unit.entity';
import { Recurrence, RequirementExemption, TrainingRequirement } from './requirement.entity';

const MOST_PERIODS = 5_000;
const MOST_MONTHS = 600;

export const TrainingRequirementConnection = connectionOf(
  () => TrainingRequirement,
  'TrainingRequirement',
  'yêu cầu đào tạo',
);

export const RequirementExemptionConnection = connectionOf(
  () => RequirementExemption,
  'RequirementExemption',
  'miễn, hoãn',
);

@InputType({ description: 'What a requirement rests on (căn cứ).' })
export class RequirementSourceInput {
  @Field(() => String, { description: 'Title of the document (tên văn bản).' })
  @Words(500)
  title!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Its date, if it is known, today at the latest (ngày văn bản).',
  })
  date?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it can be read (đường dẫn).' })
  @WebAddress({ optional: true })
  @Words(1_000, { optional: true })
  url?: string | null;
}

@InputType({
  description:
    'Adds a requirement: at least one of positionCodes, categories, unitKinds and unitId, and exactly one of programmeId, topicId, contentGroup and periods (thêm yêu cầu).',
})
export class AddRequirementInput extends MutationInput {
  @Field(() => String, { description: 'Name (tên yêu cầu).' })
  @Words(300)
  name!: string;

  @Field(() => [String], { nullable: true, description: 'Who holds one of these positions (mã chức danh).' })
  @Size(1, { optional: true })
  @Code({ optional: true, each: true })
  positionCodes?: string[] | null;

  @Field(() => [OfficialCategory], {
    nullable: true,
    description: 'Who is of one of these categories (đối tượng).',
  })
  @Size(1, { optional: true })
  categories?: OfficialCategory[] | null;

  @Field(() => [UnitKind], {
    nullable: true,
    description: 'Who serves at a unit of these kinds (loại đơn vị).',
  })
  @Size(1, { optional: true })
  unitKinds?: UnitKind[] | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Who serves at this unit or below it, and after its last day at its successors; needed unless the requirement is for the whole registry (đơn vị).',
  })
  @IdOf('unit', { optional: true })
  unitId?: string | null;

  @Field(() => ID, { nullable: true, description: 'To graduate from this programme (chương trình).' })
  @IdOf('programme', { optional: true })
  programmeId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'To graduate from a programme about this topic (lĩnh vực).',
  })
  @IdOf('topic', { optional: true })
  topicId?: string | null;

  @Field(() => ContentGroup, {
    nullable: true,
    description: 'To graduate from a programme of this content group (nhóm nội dung).',
  })
  contentGroup?: ContentGroup | null;

  @Field(() => PeriodsScalar, {
    nullable: true,
    description: 'To attend so many teaching periods (số tiết).',
  })
  @Whole(1, MOST_PERIODS, { optional: true })
  periods?: number | null;

  @Field(() => Recurrence, { description: 'How often (chu kỳ).' })
  recurrence!: Recurrence;

  @Field(() => WholeScalar, {
    nullable: true,
    description: 'Needed for EVERY_N_MONTHS, refused for other recurrences (số tháng).',
  })
  @Whole(1, MOST_MONTHS, { optional: true })
  everyMonths?: number | null;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  validFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day, if it is known (đến ngày).' })
  @NotBefore('validFrom')
  validTo?: string | null;

  @Field(() => RequirementSourceInput, { description: 'What it rests on (căn cứ).' })
  @ValidateNested()
  source!: RequirementSourceInput;
}

@InputType({
  description:
    'Revises the name or the source. Who must learn what, how often and from when stays: end it and add another, so that what was true on a past day stays so (sửa yêu cầu).',
})
export class ReviseRequirementInput extends MutationInput {
  @Field(() => ID, { description: 'The requirement (yêu cầu).' })
  @IdOf('requirement')
  requirementId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => String, { nullable: true, description: 'Name; null is refused (tên yêu cầu).' })
  @Words(300, { optional: true })
  name?: string | null;

  @Field(() => RequirementSourceInput, {
    nullable: true,
    description: 'Replaces the source; null is refused (căn cứ).',
  })
  @ValidateNested()
  source?: RequirementSourceInput | null;
}

@InputType({ description: 'Ends a requirement (kết thúc yêu cầu).' })
export class EndRequirementInput extends MutationInput {
  @Field(() => ID, { description: 'The requirement (yêu cầu).' })
  @IdOf('requirement')
  requirementId!: string;

  @Field(() => DateScalar, { description: 'Its last day (ngày cuối).' })
  @Renamed('validTo', () => DateScalar, { since: '2026-11', required: true })
  until!: string;
}

@InputType({ description: 'Exempts an official from a requirement for a time (miễn, hoãn).' })
export class ExemptOfficialInput extends MutationInput {
  @Field(() => ID, { description: 'The requirement, whichever unit set it (yêu cầu).' })
  @IdOf('requirement')
  requirementId!: string;

  @Field(() => ID, { description: 'An official to whom it applies on the first day (cán bộ).' })
  @IdOf('official')
  officialId!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day; one of the past with a decisionNumber, today when left out (từ ngày).',
  })
  @Renamed('validFrom', () => DateScalar, { since: '2026-11' })
  from?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; without it, no end (đến ngày).' })
  @Renamed('validTo', () => DateScalar, { since: '2026-11' })
  @NotBefore('from')
  until?: string | null;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Number of the decision, needed for days of the past (số quyết định).',
  })
  @Words(100, { optional: true })
  decisionNumber?: string | null;
}

@InputType({
  description: 'Revokes an exemption; the days before stay exempt (thu hồi miễn, hoãn).',
})
export class RevokeExemptionInput extends MutationInput {
  @Field(() => ID, { description: 'The exemption (miễn, hoãn).' })
  @IdOf('exemption')
  exemptionId!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'First day on which it is no longer in force, not in the past; when left out, today or, if it begins later, its first day (từ ngày).',
  })
  @Renamed('revokedFrom', () => DateScalar, { since: '2026-11' })
  from?: string | null;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}
