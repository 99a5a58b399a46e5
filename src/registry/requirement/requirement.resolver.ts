// GraphQL fields of training requirements, their exemptions and compliance, with the subscription to compliance.
import {
  Arg,
  Args,
  Ctx,
  Extensions,
  FieldResolver,
  ID,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { OnDay } from '../../graphql/filters';
import { authorizing, May } from '../../access/gate';
import { idsWithin } from '../../access/scope';
import type { Context } from '../../operation/context';
import { listFields, rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { eventsOf, Events } from '../../events/catalogue';
import { ticks } from '../../events/ticks';
import { apiError } from '../../graphql/errors';
import { type Listing, type Page, PageArgs } from '../../graphql/page';
import { rowsBy } from '../../graphql/reader';
import { sql } from '../../lib/sql';
import { requireIdOf } from '../../graphql/validation';
import { Official } from '../official/official.entity';
import { OfficialConnection } from '../official/official.input';
import { officials } from '../official/official.reads';
import { Position } from '../position/position.entity';
import { Unit, UnitAncestor } from '../unit/unit.entity';
import { Compliance, readCompliance, UnitCompliance } from './compliance';
import { lacking } from './duty';
import { addRequirement, endRequirement, reviseRequirement } from './requirement.actions';
import { exemptOfficial, revokeExemption } from './exemption.actions';
import { RequirementExemption, RequirementSource, TrainingRequirement } from './requirement.entity';
import {
  AddRequirementInput,
  EndRequirementInput,
  ExemptOfficialInput,
  RequirementExemptionConnection,
  ReviseRequirementInput,
  RevokeExemptionInput,
  TrainingRequirementConnection,
} from './requirement.input';

/** Complexity of counting the posts and graduations of all officials to whom a requirement applies. */
const COUNT = 100;

const MOVING = eventsOf(
  'requirement',
  'exemption',
  'official',
  'assignment',
  'unit',
  'programme',
  'cohort',
  'enrolment',
  'graduate',
  'session',
  'attendance',
);

const requirements: Listing<TrainingRequirement, { on?: string | null }> = {
  entity: TrainingRequirement,
  alias: 'requirement',
  orders: { NAME: ['nameKey'] },
  usual: { field: 'NAME', direction: 'ASC' },
  narrow: ({ on }) => [
    on &&
      sql`requirement.validFrom <= ${on} AND (requirement.validTo IS NULL OR requirement.validTo >= ${on})`,
  ],
};
const requirementLists = listFields(requirements, TrainingRequirementConnection);

const exemptions: Listing<RequirementExemption> = {
  entity: RequirementExemption,
  alias: 'exemption',
  orders: { VALID_FROM: ['validFrom'] },
  usual: { field: 'VALID_FROM', direction: 'ASC' },
};
const exemptionLists = listFields(exemptions, RequirementExemptionConnection);

const exemptionsOf = rowsBy(RequirementExemption, 'officialId', ['validFrom', 'id']);

/** @throws FORBIDDEN for a unit out of reach: the caller may not even learn when its figures change. */
async function admitUnit({ unitId }: { unitId: string }, ctx: Context): Promise<void> {
  const scope = ctx.scope('compliance.follow');
  if (scope.reach.everything) return;
  const within = await ctx.reader.read((manager) =>
    idsWithin(manager, Unit, [unitId], scope.units('own.id')),
  );
  if (!within.has(unitId))
    throw apiError('FORBIDDEN', {
      vi: 'unitId: đơn vị này ngoài phạm vi của bạn.',
      en: 'unitId: this unit is not within your reach.',
    });
}

/** TypeGraphQL does not validate the arguments of `subscribe`, so the ids are checked here. */
function followCompliance({
  args: { requirementId, unitId },
  context,
}: {
  args: { requirementId: string; unitId: string };
  context: Context;
}): AsyncIterableIterator<null> {
  requireIdOf('requirement', requirementId);
  requireIdOf('unit', unitId);
  return ticks(context.feed, MOVING);
}

@Resolver(() => TrainingRequirement)
export class RequirementResolver {
  @May('requirement.read')
  @Query(() => TrainingRequirementConnection, {
    description: 'Training requirements of all times, or those of one day, by name (các yêu cầu đào tạo).',
  })
  trainingRequirements(
    @OnDay('Only those in force on this day (vào ngày).') on: string | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<TrainingRequirement>> {
    return ctx.list(requirements, { ...page, filter: { on } });
  }

  @FieldResolver(() => [Position], {
    nullable: true,
    description: 'Who holds one of these positions, by code; null for all (chức danh).',
  })
  async positions(
    @Root() { positionIds }: TrainingRequirement,
    @Ctx() ctx: Context,
  ): Promise<Position[] | null> {
    if (!positionIds) return null;
    const positions = await Promise.all(positionIds.map((id) => ctx.reader.get(Position, id)));
    return positions.sort((a, b) => (a.code < b.code ? -1 : 1));
  }

  @FieldResolver(() => RequirementSource, { description: 'What it rests on (căn cứ).' })
  source(@Root() { sourceTitle, sourceDate, sourceUrl }: TrainingRequirement): RequirementSource {
    return Object.assign(new RequirementSource(), { title: sourceTitle, date: sourceDate, url: sourceUrl });
  }
}

const lackers: Listing<Official, Pick<Compliance, 'requirement' | 'on' | 'unitId'>> = {
  ...officials,
  narrow: ({ requirement, on, unitId }) => [lacking(requirement, on, 'official.id', unitId)],
};

@Resolver(() => Compliance)
export class ComplianceResolver {
  @May('compliance.read')
  @Query(() => Compliance, {
    nullable: true,
    complexity: COUNT,
    description:
      'How far a requirement is met at a unit and below it, as of a day; the successors of a unit that is closed by then stand for it. Null where there is none, or a unit that counts is not within your reach (tình hình thực hiện).',
  })
  compliance(
    @Arg('requirementId', () => ID, { description: 'The requirement (yêu cầu).' }) requirementId: string,
    @Arg('unitId', () => ID, { description: 'The unit (đơn vị).' }) unitId: string,
    @OnDay() on: string | null,
    @Ctx() ctx: Context,
  ): Promise<Compliance | null> {
    requireIdOf('requirement', requirementId);
    return readCompliance(ctx, requirementId, requireIdOf('unit', unitId), on ?? ctx.today);
  }

  @May('compliance.follow')
  @Events(MOVING)
  @Extensions(authorizing(admitUnit))
  @Subscription(() => Compliance, {
    nullable: true,
    complexity: COUNT,
    description:
      'How far it is met today, at once, and again whenever a change may have affected the figures, at most 4 times a second (theo dõi tình hình thực hiện).',
    subscribe: followCompliance,
  })
  complianceChanged(
    @Arg('requirementId', () => ID, { description: 'The requirement (yêu cầu).' }) requirementId: string,
    @Arg('unitId', () => ID, { description: 'The unit (đơn vị).' }) unitId: string,
    @Ctx() ctx: Context,
  ): Promise<Compliance | null> {
    return readCompliance(ctx, requirementId, unitId, ctx.today);
  }

  @FieldResolver(() => TrainingRequirement, { description: 'The requirement (yêu cầu).' })
  requirement(@Root() compliance: Compliance): TrainingRequirement {
    return compliance.requirement;
  }

  @FieldResolver(() => Unit, { description: 'The unit (đơn vị).' })
  unit(@Root() compliance: Compliance, @Ctx() ctx: Context): Promise<Unit> {
    return ctx.reader.get(Unit, compliance.unitId);
  }

  @FieldResolver(() => OfficialConnection, {
    description:
      'Officials who have not met it, with time left or overdue, by name; only those within your reach today (còn thiếu).',
  })
  lacking(
    @Root() { requirement, on, unitId }: Compliance,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Official>> {
    return ctx.list(lackers, { ...page, filter: { requirement, on, unitId } });
  }
}

@Resolver(() => UnitCompliance)
export class UnitComplianceResolver {
  @FieldResolver(() => Unit, { description: 'The unit (đơn vị).' })
  unit(@Root() row: UnitCompliance, @Ctx() ctx: Context): Promise<Unit> {
    return ctx.reader.get(Unit, row.unitId);
  }
}

const requirementField = {
  requirement: { type: TrainingRequirement, description: 'The requirement; null when refused (yêu cầu).' },
} as const;
const exemptionField = {
  exemption: { type: RequirementExemption, description: 'The exemption; null when refused (miễn, hoãn).' },
} as const;

export const resolvers = [
  rowsField(Official, 'exemptions', {
    type: RequirementExemption,
    load: exemptionsOf,
    description: 'Past, present and future exemptions, by first day (miễn, hoãn).',
  }),
  exemptionLists.of(TrainingRequirement, 'exemptions', {
    by: 'exemption.requirementId',
    description:
      'Past, present and future exemptions of officials within your reach, by first day; revoked ones included (miễn, hoãn).',
  }),
  requirementLists.of(Unit, 'requirements', {
    by: ({ id }) => ({
      id,
      column: 'line.unit_id',
      through: { table: UnitAncestor, alias: 'line', on: 'line.ancestorId = requirement.unitId' },
    }),
    description:
      'Requirements of it or of a unit above it, by name. Those for the whole registry are not among them, nor those that it took over with a unit that it succeeded (yêu cầu đào tạo).',
  }),
  RequirementResolver,
  ComplianceResolver,
  UnitComplianceResolver,
  mutation(addRequirement, {
    permission: 'requirement.add',
    description: 'Adds a training requirement (thêm yêu cầu).',
    input: { type: AddRequirementInput, description: 'Who must learn what (đầu vào).' },
    payload: { description: 'The requirement that was added (kết quả).', fields: requirementField },
    events: ['requirement.added'],
  }),
  mutation(reviseRequirement, {
    permission: 'requirement.revise',
    description: 'Revises the name or the source of a requirement (sửa yêu cầu).',
    input: { type: ReviseRequirementInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The requirement as revised (kết quả).', fields: requirementField },
    events: ['requirement.revised'],
  }),
  mutation(endRequirement, {
    permission: 'requirement.end',
    description:
      'Ends a requirement; once its unit is closed, for callers who reach all its successors (kết thúc yêu cầu).',
    input: { type: EndRequirementInput, description: 'Which, and when (đầu vào).' },
    payload: { description: 'The requirement that was ended (kết quả).', fields: requirementField },
    events: ['requirement.ended'],
  }),
  mutation(exemptOfficial, {
    permission: 'official.exempt',
    description:
      'Exempts an official of own units from a requirement for a time, whichever unit set it; for past days by a numbered decision, and not for officials who have met it (miễn, hoãn).',
    input: { type: ExemptOfficialInput, description: 'Which official, from what and why (đầu vào).' },
    payload: { description: 'The exemption that was given (kết quả).', fields: exemptionField },
    events: ['official.exempted'],
  }),
  mutation(revokeExemption, {
    permission: 'official.exempt',
    description:
      'Revokes an exemption from a day on, not retroactively; for callers who could have given it (thu hồi miễn, hoãn).',
    input: { type: RevokeExemptionInput, description: 'Which, from when and why (đầu vào).' },
    payload: { description: 'The exemption that was revoked (kết quả).', fields: exemptionField },
    events: ['exemption.revoked'],
  }),
];
