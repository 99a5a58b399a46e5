// Compliance with a requirement as of a day: counts of officials, whole and by unit.
import { Field, Int, ObjectType } from 'type-graphql';
import { idsWithin } from '../../access/scope';
import type { Context } from '../../operation/context';
import { cursorIn, LOG_POSITION } from '../../events/log';
import type { Row } from '../../database/database';
import { sql, type Statement } from '../../lib/sql';
import { DateScalar, EventCursor } from '../../graphql/scalars';
import { unitsStandingFor } from '../unit/standing';
import { Unit } from '../unit/unit.entity';
import { DutyState, postsUnder, stateOf } from './duty';
import { TrainingRequirement } from './requirement.entity';

@ObjectType({
  description: 'How many officials meet a requirement; persons, not participations (số người).',
  simpleResolvers: true,
})
export abstract class ComplianceFigures {
  @Field(() => Int, {
    description:
      'Officials to whom it applies and who are not exempt: met, dueSoon and overdue together (phải học).',
  })
  required!: number;

  @Field(() => Int, { description: 'Officials who have met it (đã hoàn thành).' })
  met!: number;

  @Field(() => Int, {
    description:
      'Officials who have not met it, with time left. The rule is ours: YEARLY until the last day of the year, whatever the year before; EVERY_N_MONTHS until it has applied to them for so many months; ONCE until the end of the year, unless it applied to them at the end of the year before (còn hạn).',
  })
  dueSoon!: number;

  @Field(() => Int, { description: 'Officials who have not met it in time (quá hạn).' })
  overdue!: number;

  @Field(() => Int, { description: 'Officials who are exempt on that day (được miễn).' })
  exempt!: number;
}

@ObjectType({
  description: 'How far one unit meets a requirement (tình hình của một đơn vị).',
  simpleResolvers: true,
})
export class UnitCompliance extends ComplianceFigures {
  unitId!: string;
}

@ObjectType({
  description: 'How far a requirement is met as of a day (tình hình thực hiện yêu cầu).',
  simpleResolvers: true,
})
export class Compliance extends ComplianceFigures {
  @Field(() => DateScalar, { description: 'The day (vào ngày).' })
  on!: string;

  @Field(() => [UnitCompliance], {
    description:
      'The same for each unit with officials to whom it applies, by the name of the unit; an official who serves at two units counts in both (từng đơn vị).',
  })
  units!: UnitCompliance[];

  @Field(() => EventCursor, {
    description: 'What the figures are true up to: follow events after it (vị trí).',
  })
  cursor!: string;

  requirement!: TrainingRequirement;
  unitId!: string;
}

/**
 * Counts as of a day, on the analysis thread and in one snapshot with the cursor.
 * @returns null where the requirement or the unit does not exist, or where the unit or one that stands for it on that
 * day is out of reach: the figures of a closed unit are those of its successors.
 */
export async function readCompliance(
  ctx: Context,
  requirementId: string,
  unitId: string,
  on: string,
): Promise<Compliance | null> {
  const requirement = await ctx.reader.find(TrainingRequirement, requirementId);
  const units = ctx.scope('compliance.read').units('own.id');
  const [standing, within] = await ctx.reader.read(async (manager) => {
    const ids = (await unitsStandingFor(manager, unitId, on)).map(({ id }) => id);
    return [ids, await idsWithin(manager, Unit, ids, units)] as const;
  });
  if (!requirement || !within.has(unitId) || within.size < standing.length) return null;
  const [log, whole, byUnit] = await ctx.count([
    LOG_POSITION,
    count(requirement, on, unitId, false),
    count(requirement, on, unitId, true),
  ]);
  const rows = new Map<string, Row[]>();
  for (const row of byUnit!) rows.set(String(row.unit_id), [...(rows.get(String(row.unit_id)) ?? []), row]);
  return Object.assign(new Compliance(), figures(whole!), {
    on,
    requirement,
    unitId,
    units: [...rows].map(([id, own]) => Object.assign(new UnitCompliance(), figures(own), { unitId: id })),
    cursor: cursorIn(log![0]!),
  });
}

/** Persons by state, and by unit in the order of their names. */
function count(requirement: TrainingRequirement, on: string, unitId: string, byUnit: boolean): Statement {
  const posts = postsUnder(requirement, on, unitId);
  const state = stateOf(requirement, on, 'bound.official_id');
  const counted = byUnit
    ? sql`SELECT found.unit_id AS unit_id, found.state AS state, COUNT(*) AS persons
        FROM (SELECT DISTINCT bound.unit_id, bound.official_id, ${state} AS state FROM (${posts}) bound) found
        JOIN unit ON unit.id = found.unit_id GROUP BY found.unit_id, unit.name_key, found.state
        ORDER BY unit.name_key, found.unit_id`
    : sql`SELECT found.state AS state, COUNT(*) AS persons
        FROM (SELECT DISTINCT bound.official_id, ${state} AS state FROM (${posts}) bound) found
        GROUP BY found.state`;
  return counted.statement();
}

function figures(rows: Row[]): ComplianceFigures {
  const of = (state: DutyState) => Number(rows.find((row) => row.state === state)?.persons ?? 0);
  const [met, dueSoon, overdue] = [of(DutyState.MET), of(DutyState.DUE_SOON), of(DutyState.OVERDUE)];
  return { required: met + dueSoon + overdue, met, dueSoon, overdue, exempt: of(DutyState.EXEMPT) };
}
