// GraphQL inputs, filters and the compensation type of service rules and commitments.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { orderOf } from '../../graphql/filters';
import { MutationInput } from '../../events/mutation';
import { VersionRead } from '../../events/revision';
import { described } from '../../graphql/enums';
import { connectionOf, listArgs } from '../../graphql/page';
import { Renamed } from '../../graphql/renamed';
import { DateScalar, DongScalar, WholeScalar } from '../../graphql/scalars';
import {
  NotBefore,
  IdOf,
  Money,
  OptionalIdsOf,
  Prose,
  Size,
  Whole,
  Words,
  ValidateNested,
} from '../../graphql/validation';
import { OfficialCategory } from '../official/official.entity';
import { CommitmentStatus, ServiceCommitment } from './commitment.entity';

/** Months; a longer study is a typing error. */
export const LONGEST_STUDY = 120;

export const ServiceCommitmentConnection = connectionOf(
  () => ServiceCommitment,
  'ServiceCommitment',
  'cam kết phục vụ',
);

@InputType({ description: 'Which commitments (bộ lọc cam kết phục vụ).' })
export class ServiceCommitmentFilter {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Those at risk today, or with false the others. At risk is one that runs and whose learner quit or got no degree, holds no post today although service is still owed, or has no post that lasts until endsOn (có nguy cơ không thực hiện).',
  })
  atRisk?: boolean | null;

  @Field(() => [CommitmentStatus], { nullable: true, description: 'In these states (trạng thái).' })
  statuses?: CommitmentStatus[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Of these officials, as far as you may see them (cán bộ).',
  })
  @OptionalIdsOf('official')
  officialIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Of learners these units, or units below them, sent (đơn vị cử đi học).',
  })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;
}

export const ServiceCommitmentOrder = orderOf('ServiceCommitment', 'cam kết phục vụ', {
  ENDS_ON: 'Last day of the service owed (ngày hết hạn cam kết).',
  CREATED_AT: 'When it was registered (thời điểm ghi nhận).',
});

export const ServiceCommitmentArgs = listArgs('', ServiceCommitmentFilter, { by: ServiceCommitmentOrder });

@InputType({ description: 'A rule on service after degree study (quy định).' })
export class AddServiceRuleInput extends MutationInput {
  @Field(() => OfficialCategory, { description: 'The category it applies to (đối tượng).' })
  category!: OfficialCategory;

  @Field(() => DateScalar, { description: 'For study that begins on this day or later (từ ngày).' })
  @Renamed('validFrom', () => DateScalar, { since: '2026-11', required: true })
  from!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last such day, if it is known (đến ngày).' })
  @Renamed('validTo', () => DateScalar, { since: '2026-11' })
  @NotBefore('from')
  until?: string | null;

  @Field(() => WholeScalar, {
    description: 'How many times the length of study must be served, 1 to 10 (số lần thời gian đào tạo).',
  })
  @Whole(1, 10)
  multiple!: number;

  @Field(() => WholeScalar, {
    nullable: true,
    description: 'Oldest age on the first day of study (tuổi tối đa).',
  })
  @Whole(18, 100, { optional: true })
  maximumAge?: number | null;

  @Field(() => WholeScalar, { nullable: true, description: 'Years of service before it (số năm công tác).' })
  @Whole(0, 50, { optional: true })
  yearsBefore?: number | null;

  @Field(() => String, { description: 'Where it stands: document and article (căn cứ).' })
  @Prose(500)
  source!: string;
}

@InputType({ description: 'Ends a rule; what was committed under it stays (hết hiệu lực).' })
export class EndServiceRuleInput extends MutationInput {
  @Field(() => ID, { description: 'The rule (quy định).' })
  @IdOf('servicerule')
  serviceRuleId!: string;

  @Field(() => DateScalar, { description: 'Last day of study beginning under it (đến ngày).' })
  @Renamed('validTo', () => DateScalar, { since: '2026-11', required: true })
  until!: string;
}

@InputType({ description: 'The service one learner commits to (cam kết).' })
export class ServiceCommitmentInput {
  @Field(() => ID, { description: 'An enrolment in a degree programme (lượt tham gia).' })
  @IdOf('enrolment')
  enrolmentId!: string;

  @Field(() => DongScalar, { description: 'F: total cost of the study, in whole đồng (chi phí đào tạo).' })
  @Money()
  cost!: number;

  @Field(() => WholeScalar, {
    nullable: true,
    description:
      "Length of study as decided; when left out, the months from the cohort's first day to its last, a begun month counting whole (thời gian đào tạo, tháng).",
  })
  @Whole(1, LONGEST_STUDY, { optional: true })
  studyMonths?: number | null;
}

@InputType({ description: 'Records the service that learners commit to, many at once (ghi nhận cam kết).' })
export class RecordServiceCommitmentsInput extends MutationInput {
  @Field(() => [ServiceCommitmentInput], { description: 'The learners, each once (danh sách).' })
  @Size(1)
  @ValidateNested()
  commitments!: ServiceCommitmentInput[];
}

export const CommitmentDischarge = described(
  'CommitmentDischarge',
  'How a commitment ends without repayment (cách kết thúc cam kết).',
  {
    FULFILLED: 'All months owed were served (đã hoàn thành).',
    WAIVED: 'A decision waives what is left (được miễn).',
  },
);
export type CommitmentDischarge = keyof typeof CommitmentDischarge;

@InputType({ description: 'Corrects a commitment; what is left out stays (đính chính cam kết phục vụ).' })
export class CorrectCommitmentInput extends MutationInput {
  @Field(() => ID, { description: 'The commitment (cam kết phục vụ).' })
  @IdOf('commitment')
  commitmentId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => DongScalar, {
    nullable: true,
    description: 'F: total cost of the study, in whole đồng; null is refused (chi phí đào tạo).',
  })
  @Money({ optional: true })
  cost?: number | null;

  @Field(() => WholeScalar, {
    nullable: true,
    description: 'Length of study as decided, in months; null is refused (thời gian đào tạo, tháng).',
  })
  @Whole(1, LONGEST_STUDY, { optional: true })
  studyMonths?: number | null;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'Ends a commitment that was fulfilled or is waived (kết thúc cam kết phục vụ).' })
export class DischargeCommitmentInput extends MutationInput {
  @Field(() => ID, { description: 'The commitment (cam kết phục vụ).' })
  @IdOf('commitment')
  commitmentId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => CommitmentDischarge, { description: 'How it ends (cách kết thúc).' })
  as!: CommitmentDischarge;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'On which day, today when left out (ngày kết thúc cam kết).',
  })
  on?: string | null;

  @Field(() => String, { nullable: true, description: 'Why; needed to waive it (lý do).' })
  @Words(1_000, { optional: true })
  reason?: string | null;
}

@InputType({ description: 'Takes back how a commitment ended (mở lại cam kết phục vụ).' })
export class ReopenCommitmentInput extends MutationInput {
  @Field(() => ID, { description: 'The commitment (cam kết phục vụ).' })
  @IdOf('commitment')
  commitmentId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'A payment towards the compensation (ghi nhận hoàn trả).' })
export class RecordRepaymentInput extends MutationInput {
  @Field(() => ID, { description: 'The commitment (cam kết phục vụ).' })
  @IdOf('commitment')
  commitmentId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => DongScalar, {
    description: 'How much, in whole đồng; at most what is due on that day (số tiền).',
  })
  @Whole(1, Number.MAX_SAFE_INTEGER)
  amount!: number;

  @Field(() => DateScalar, { nullable: true, description: 'Day of payment, today when left out (ngày nộp).' })
  paidOn?: string | null;

  @Field(() => String, { nullable: true, description: 'Number of the receipt (số biên lai, chứng từ).' })
  @Words(100, { optional: true })
  receipt?: string | null;
}

@InputType({ description: 'Withdraws a repayment entered by mistake (hủy khoản hoàn trả ghi nhầm).' })
export class WithdrawRepaymentInput extends MutationInput {
  @Field(() => ID, { description: 'The repayment (khoản hoàn trả).' })
  @IdOf('repayment')
  repaymentId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

export const CompensationBasis = described(
  'CompensationBasis',
  'How compensation is calculated (cách tính đền bù).',
  {
    SERVICE_LEFT: 'S = F / T1 x (T1 - T2): the share not served (theo thời gian còn lại).',
    NO_DEGREE: 'S = F: no degree on record, for example after quitting (toàn bộ, khi không có văn bằng).',
  },
);
export type CompensationBasis = keyof typeof CompensationBasis;

@ObjectType({
  description:
    'What a learner would have to pay back if service ended on a day (đền bù chi phí đào tạo). A calculation, not a decision.',
  simpleResolvers: true,
})
export class Compensation {
  commitment!: ServiceCommitment;

  @Field(() => DateScalar, { description: 'The last day of service that counts (tính đến ngày).' })
  on!: string;

  @Field(() => CompensationBasis, { description: 'How it is calculated (cách tính).' })
  basis!: CompensationBasis;

  @Field(() => DongScalar, { description: 'F: total cost, in whole đồng (chi phí đào tạo).' })
  cost!: number;

  @Field(() => Int, { description: 'T1: months owed (số tháng phải phục vụ).' })
  monthsOwed!: number;

  @Field(() => Int, { description: 'T2: months served after the course, at most T1 (số tháng đã phục vụ).' })
  monthsServed!: number;

  @Field(() => DongScalar, {
    description:
      'S, in whole đồng: multiplied before it is divided, and half a đồng or more rounded up, once at the end (số tiền đền bù).',
  })
  amount!: number;

  @Field(() => DongScalar, { description: 'What was repaid by that day (số tiền đã hoàn trả).' })
  repaid!: number;

  @Field(() => DongScalar, {
    description:
      'What is left to be repaid; nothing of a commitment that has ended (số tiền còn phải hoàn trả).',
  })
  left!: number;

  @Field(() => [String], { description: 'Each step of the calculation, F to S (các bước tính).' })
  steps!: string[];
}
