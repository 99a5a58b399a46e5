// GraphQL fields of service rules, commitments and compensation.
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { OnDay } from '../../graphql/filters';
import { May } from '../../access/gate';
import { Personal } from '../../access/personal';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import { addMonths, holdsOn, latestOf } from '../../lib/dates';
import type { ListArgs, Listing, Page } from '../../graphql/page';
import { type Batch, rowsBy } from '../../graphql/reader';
import { isIn, type Sql, sql } from '../../lib/sql';
import { requireIdOf } from '../../graphql/validation';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment, EnrolmentStatus } from '../cohort/enrolment.entity';
import { Official } from '../official/official.entity';
import { assignmentsOf } from '../official/official.reads';
import { ofUnits } from '../unit/unit.reads';
import { addServiceRule, endServiceRule, recordServiceCommitments } from './commitment.actions';
import { CommitmentStatus, Repayment, ServiceCommitment, ServiceRule } from './commitment.entity';
import {
  AddServiceRuleInput,
  Compensation,
  CorrectCommitmentInput,
  DischargeCommitmentInput,
  EndServiceRuleInput,
  RecordRepaymentInput,
  RecordServiceCommitmentsInput,
  ReopenCommitmentInput,
  ServiceCommitmentConnection,
  ServiceCommitmentArgs,
  type ServiceCommitmentFilter,
  WithdrawRepaymentInput,
} from './commitment.input';
import { monthsServed, reckonCompensation } from './compensation';
import {
  correctCommitment,
  dischargeCommitment,
  recordRepayment,
  reopenCommitment,
  withdrawRepayment,
} from './ending.actions';

const commitments: Listing<ServiceCommitment, ServiceCommitmentFilter> = {
  entity: ServiceCommitment,
  alias: 'commitment',
  orders: { ENDS_ON: ['endsOn'], CREATED_AT: ['createdAt'] },
  usual: { field: 'ENDS_ON', direction: 'ASC' },
  narrow: ({ atRisk, statuses, officialIds, unitIds }, today) => [
    statuses && isIn('commitment.status', statuses),
    atRisk != null && (atRisk ? isAtRisk(today) : sql`NOT ${isAtRisk(today)}`),
    officialIds && isIn('commitment.officialId', officialIds),
    unitIds && ofUnits('commitment.unitId', { unitIds }),
  ],
};

/** Condition: the service owed was not or will not be completed. A post without an end is taken to last. */
const isAtRisk = (
  today: string,
): Sql => sql`(commitment.status = 'RUNNING' AND (EXISTS (SELECT 1 FROM enrolment
    WHERE enrolment.id = commitment.enrolment_id AND enrolment.status IN ('WITHDRAWN', 'NOT_COMPLETED'))
  OR NOT EXISTS (SELECT 1 FROM assignment post WHERE post.official_id = commitment.official_id
    AND post.valid_from <= commitment.ends_on AND (post.valid_to IS NULL OR post.valid_to >= commitment.ends_on))
  OR (commitment.ends_on >= ${today} AND NOT EXISTS (SELECT 1 FROM assignment post
    WHERE post.official_id = commitment.official_id
    AND post.valid_from <= ${today} AND (post.valid_to IS NULL OR post.valid_to >= ${today})))))`;

const ofEnrolments: Batch<ServiceCommitment> = async (manager, ids) => {
  const found = await manager
    .createQueryBuilder(ServiceCommitment, 'commitment')
    .where('commitment.enrolmentId IN (:...ids)', { ids })
    .getMany();
  return new Map(found.map((each) => [each.enrolmentId, each]));
};

/** What was repaid of commitments; whoever sees one sees them. */
const repaymentsOf = rowsBy(Repayment, 'commitmentId', ['paidOn', 'id']);

const ofOfficials = rowsBy(ServiceCommitment, 'officialId', ['endsOn', 'id']);

/** Months that the official of a commitment has served by the end of a day. */
async function servedBy(
  ctx: Context,
  { officialId, servesFrom }: ServiceCommitment,
  day: string,
): Promise<number> {
  return monthsServed((await ctx.reader.load(assignmentsOf, officialId)) ?? [], servesFrom, day);
}

@Resolver(() => ServiceRule)
export class ServiceRuleResolver {
  @May('serviceRule.read')
  @Query(() => [ServiceRule], {
    description: 'The rules on service after degree study, by category and first day (các quy định).',
  })
  async serviceRules(
    @OnDay('In force on this day (vào ngày).') on: string | null,
    @Ctx() ctx: Context,
  ): Promise<ServiceRule[]> {
    const rules = await ctx.reader.read((manager) =>
      manager.find(ServiceRule, { order: { category: 'ASC', validFrom: 'ASC' } }),
    );
    return on ? rules.filter((rule) => holdsOn(rule, on)) : rules;
  }
}

@Resolver(() => ServiceCommitment)
export class ServiceCommitmentResolver {
  @May('commitment.read')
  @Query(() => ServiceCommitmentConnection, {
    description: 'Service owed by learners within your reach, by last day (các cam kết phục vụ).',
  })
  async serviceCommitments(
    @Args(() => ServiceCommitmentArgs.root) args: ListArgs<ServiceCommitmentFilter>,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ServiceCommitment>> {
    const officialIds = await ctx.seenAmong(args.filter?.officialIds, info);
    return ctx.list(commitments, { ...args, filter: { ...args.filter, officialIds } });
  }

  @May('commitment.read')
  @Query(() => Compensation, {
    nullable: true,
    description:
      'What would have to be paid back if service ended on a day, with each step; null when there is no such commitment, or none that you may see (tính đền bù).',
  })
  async compensation(
    @Arg('commitmentId', () => ID, { description: 'The commitment (cam kết phục vụ).' }) commitmentId: string,
    @OnDay('The last day of service; today by default (đến ngày).') on: string | null,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Compensation | null> {
    const commitment = await ctx.findShown(ServiceCommitment, requireIdOf('commitment', commitmentId));
    if (!commitment) return null;
    if (!ctx.is(commitment.officialId)) ctx.noteRead(commitment.officialId, info);
    const day = on ?? ctx.today;
    const { cost, studyMonths, monthsOwed, enrolmentId } = commitment;
    const { status } = await ctx.reader.get(Enrolment, enrolmentId);
    const served = await servedBy(ctx, commitment, day);
    const hasDegree = status === EnrolmentStatus.COMPLETED;
    const reckoning = reckonCompensation({ cost, studyMonths, monthsOwed, served, hasDegree });
    const parts = (await ctx.reader.load(repaymentsOf, commitment.id)) ?? [];
    const repaid = parts.filter(({ paidOn }) => paidOn <= day).reduce((sum, { amount }) => sum + amount, 0);
    const runs = commitment.status === CommitmentStatus.RUNNING;
    const left = runs ? Math.max(0, reckoning.amount - repaid) : 0;
    return Object.assign(
      new Compensation(),
      { commitment, on: day, cost, monthsOwed, repaid, left },
      reckoning,
    );
  }

  @FieldResolver(() => [Repayment], {
    description: 'What was repaid, by day of payment (các khoản hoàn trả).',
  })
  async repayments(@Root() commitment: ServiceCommitment, @Ctx() ctx: Context): Promise<Repayment[]> {
    return (await ctx.reader.load(repaymentsOf, commitment.id)) ?? [];
  }

  @FieldResolver(() => Int, {
    description:
      'T2: whole months served since servesFrom by the end of a day, of each unbroken run of posts; never more than monthsOwed (số tháng đã phục vụ).',
  })
  async monthsServed(
    @Root() commitment: ServiceCommitment,
    @OnDay() on: string | null,
    @Ctx() ctx: Context,
  ): Promise<number> {
    return Math.min(commitment.monthsOwed, await servedBy(ctx, commitment, on ?? ctx.today));
  }

  @Personal('officialId')
  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'Whether the learner met the age and years of service of the rule on the first day of study; null when a date of birth is missing, not known well enough to tell, or hidden from you (đủ điều kiện).',
  })
  async meetsConditions(
    @Root() { officialId, enrolmentId, ruleId }: ServiceCommitment,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<boolean | null> {
    const { maximumAge, yearsBefore } = await ctx.reader.get(ServiceRule, ruleId);
    const { cohortId } = await ctx.reader.get(Enrolment, enrolmentId);
    const { startsOn } = await ctx.reader.get(Cohort, cohortId);
    const [first] = (await ctx.reader.load(assignmentsOf, officialId)) ?? [];
    const served =
      yearsBefore === null || (first && addMonths(first.validFrom, yearsBefore * 12) <= startsOn);
    if (!served) return false;
    if (maximumAge === null) return true;
    ctx.noteRead(officialId, info); // the answer reveals something about the date of birth
    const { dateOfBirth, dateOfBirthPrecision } = await ctx.reader.get(Official, officialId);
    if (dateOfBirth === null) return null;
    // The maximum age lasts until the day before the next birthday.
    const isYoung = (born: string) => addMonths(born, (maximumAge + 1) * 12) > startsOn;
    const [eldest, youngest] = [isYoung(dateOfBirth), isYoung(latestOf(dateOfBirth, dateOfBirthPrecision))];
    return eldest === youngest ? eldest : null;
  }
}

@Resolver(() => Compensation)
export class CompensationResolver {
  @FieldResolver(() => ServiceCommitment, { description: 'The commitment (cam kết phục vụ).' })
  commitment(@Root() { commitment }: Compensation): ServiceCommitment {
    return commitment;
  }
}

@Resolver(() => Enrolment)
export class EnrolmentCommitmentResolver {
  @FieldResolver(() => ServiceCommitment, {
    nullable: true,
    description: 'The service owed for it; null when none is on record (cam kết phục vụ).',
  })
  async serviceCommitment(
    @Root() enrolment: Enrolment,
    @Ctx() ctx: Context,
  ): Promise<ServiceCommitment | null> {
    const found = await ctx.reader.load(ofEnrolments, enrolment.id);
    return found && ctx.findShown(ServiceCommitment, found.id);
  }
}

@Resolver(() => Official)
export class OfficialCommitmentsResolver {
  @FieldResolver(() => [ServiceCommitment], {
    description: 'Service that they owe or owed, within your reach, by last day (cam kết phục vụ).',
  })
  async serviceCommitments(@Root() official: Official, @Ctx() ctx: Context): Promise<ServiceCommitment[]> {
    const found = (await ctx.reader.load(ofOfficials, official.id)) ?? [];
    const shown = await Promise.all(found.map(({ id }) => ctx.findShown(ServiceCommitment, id)));
    return shown.filter((each) => each !== null);
  }
}

const ruleField = {
  rule: { type: ServiceRule, description: 'The rule; null when refused (quy định).' },
} as const;
const commitmentField = {
  commitment: {
    type: ServiceCommitment,
    description: 'The commitment; null when refused, or hidden from you (cam kết phục vụ).',
  },
} as const;

export const resolvers = [
  ServiceRuleResolver,
  ServiceCommitmentResolver,
  CompensationResolver,
  EnrolmentCommitmentResolver,
  OfficialCommitmentsResolver,
  mutation(addServiceRule, {
    permission: 'serviceRule.add',
    description: 'Adds a rule on service after degree study (thêm quy định).',
    input: { type: AddServiceRuleInput, description: 'The rule (đầu vào).' },
    payload: { description: 'The rule that was added (kết quả).', fields: ruleField },
    events: ['serviceRule.added'],
  }),
  mutation(endServiceRule, {
    permission: 'serviceRule.end',
    description: 'Ends a rule (quy định hết hiệu lực).',
    input: { type: EndServiceRuleInput, description: 'Which, and when (đầu vào).' },
    payload: { description: 'The rule that ended (kết quả).', fields: ruleField },
    events: ['serviceRule.ended'],
  }),
  mutation(recordServiceCommitments, {
    permission: 'commitment.record',
    description:
      'Records the service that learners of degree programmes owe, all or none, by the rule in force on their first day of study (ghi nhận cam kết phục vụ).',
    input: { type: RecordServiceCommitmentsInput, description: 'Who, and at what cost (đầu vào).' },
    payload: {
      description: 'The commitments that were recorded (kết quả).',
      fields: {
        commitments: {
          type: [ServiceCommitment],
          description: 'The commitments, in the order given; empty when refused (cam kết phục vụ).',
        },
      },
    },
    events: ['commitment.recorded'],
  }),
  mutation(correctCommitment, {
    permission: 'commitment.correct',
    description:
      'Corrects the cost or the length of study of a commitment; what is owed follows (đính chính cam kết phục vụ).',
    input: { type: CorrectCommitmentInput, description: 'What was wrong, and why (đầu vào).' },
    payload: { description: 'The commitment as corrected (kết quả).', fields: commitmentField },
    events: ['commitment.corrected'],
  }),
  mutation(dischargeCommitment, {
    permission: 'commitment.discharge',
    description:
      'Ends a commitment that was fulfilled, or that is waived with a reason (kết thúc cam kết phục vụ).',
    input: { type: DischargeCommitmentInput, description: 'Which, how and when (đầu vào).' },
    payload: { description: 'The commitment that ended (kết quả).', fields: commitmentField },
    events: ['commitment.discharged'],
  }),
  mutation(reopenCommitment, {
    permission: 'commitment.reopen',
    description: 'Takes back that a commitment was fulfilled or waived (mở lại cam kết phục vụ).',
    input: { type: ReopenCommitmentInput, description: 'Which, and why (đầu vào).' },
    payload: { description: 'The commitment that runs again (kết quả).', fields: commitmentField },
    events: ['commitment.reopened'],
  }),
  mutation(recordRepayment, {
    permission: 'repayment.record',
    description:
      'Records a payment towards the compensation; the commitment is settled when all that is due was paid (ghi nhận hoàn trả chi phí đào tạo).',
    input: { type: RecordRepaymentInput, description: 'How much, and when (đầu vào).' },
    payload: {
      description: 'The payment, and the commitment after it (kết quả).',
      fields: {
        ...commitmentField,
        repayment: {
          type: Repayment,
          description: 'The payment; null when refused, or hidden from you (khoản hoàn trả).',
        },
      },
    },
    events: ['repayment.recorded', 'commitment.settled'],
  }),
  mutation(withdrawRepayment, {
    permission: 'repayment.withdraw',
    description:
      'Withdraws a payment entered by mistake; a commitment that it settled runs again (hủy khoản hoàn trả ghi nhầm).',
    input: { type: WithdrawRepaymentInput, description: 'Which, and why (đầu vào).' },
    payload: { description: 'The commitment without the payment (kết quả).', fields: commitmentField },
    events: ['repayment.withdrawn', 'commitment.reopened'],
  }),
];
