// Delayed release of enrolment changes into the figures by unit or category that readers without rights to persons see:
// at the end of the day, and several at a time, so that no change can be matched with the events of a cohort.
//
// Each enrolment has, beside its status, the status that is released (told_status). The first change of a day, or the
// first such reader, releases the changes up to the day before. Events and sizes of cohorts are public at once, so that
// the difference between two days, for a single learner, would reveal the unit that sent them. See
// docs/decisions/0004-small-groups.md.
import { setImmediate as giveTurn } from 'node:timers/promises';
import { type EntityManager, type FindOptionsWhere, In } from 'typeorm';
import { linesOf } from '../../access/scope';
import type { Tx } from '../../events/write';
import type { Database } from '../../database/database';
import { dayBefore, dayOf } from '../../lib/dates';
import { inParts } from '../../database/insert-all';
import { lockName } from '../../database/locks';
import { grouped } from '../../graphql/reader';
import { Cohort } from './cohort.entity';
import { Disclosure } from './disclosure.entity';
import { Enrolment, EnrolmentStatus, PARTICIPATING } from './enrolment.entity';

/** A change is released together with at least so many others; the same bound as for groups of persons. */
const LEAST_COMPANY = 5;
const ROWS_A_STATEMENT = 500;

/** A change that was not released yet. */
interface Unreleased {
  id: string;
  status: EnrolmentStatus;
  toldStatus: EnrolmentStatus;
  unitId: string;
  category: string;
  cohortId: string;
  isAbroad: boolean;
  year: string;
}

/**
 * Sets the status of enrolments. No other code may change it: changes of earlier days must be released first.
 * @param where which enrolments.
 * @param statusBefore what they were, where a step of their cohort changes them and may be taken back.
 */
export async function setStatus(
  { manager, now, today }: Tx,
  where: FindOptionsWhere<Enrolment>,
  status: EnrolmentStatus,
  statusBefore: EnrolmentStatus | null = null,
): Promise<void> {
  await releaseUntilYesterday(manager, today);
  await manager.update(Enrolment, where, { status, statusBefore, updatedAt: now });
}

/** By database, the day for which this process has released the earlier changes. */
const known = new WeakMap<Database, { today: string; done: Promise<void> }>();

/** Releases the changes up to yesterday, unless the first change of today has done so. */
export async function releaseByNow(database: Database): Promise<void> {
  const today = dayOf(new Date());
  if (known.get(database)?.today !== today) {
    const done = database.transaction((manager) => releaseUntilYesterday(manager, today));
    known.set(database, { today, done });
    done.catch(() => known.delete(database));
  }
  await known.get(database)?.done;
}

/** Runs once a day, before its first change: then the rows are still those of the end of yesterday. */
async function releaseUntilYesterday(manager: EntityManager, today: string): Promise<void> {
  const yesterday = dayBefore(today);
  const isReleased = async () => (await manager.findOneByOrFail(Disclosure, {})).releasedUntil === yesterday;
  if (await isReleased()) return;
  await lockName(manager, 'delayed release'); // the second of two processes finds it done
  if (await isReleased()) return;
  const { releasedUntil } = await manager.findOneByOrFail(Disclosure, {});
  // A clock that was ahead released changes too early, though never a single one; the next day continues from there.
  if (releasedUntil < yesterday) await release(manager);
  await manager.createQueryBuilder().update(Disclosure).set({ releasedUntil: yesterday }).execute();
}

async function release(manager: EntityManager): Promise<void> {
  // Where nothing was released before, there is no day to compare with, and small groups are hidden anyway.
  const isFirst = !(await manager.existsBy(Enrolment, { toldStatus: In([...PARTICIPATING]) }));
  const unreleased: Unreleased[] = [];
  for await (const page of pagesOfUnreleased(manager)) {
    if (isFirst) await markReleased(manager, page);
    else unreleased.push(...page);
  }
  const lines = await linesBelowCity(manager, [...new Set(unreleased.map(({ unitId }) => unitId))]);
  const released = releasable(unreleased, (unitId) => lines.get(unitId) ?? []);
  for (const some of inParts(released)) {
    await markReleased(manager, some);
    await giveTurn();
  }
}

async function* pagesOfUnreleased(manager: EntityManager): AsyncGenerator<Unreleased[]> {
  for (let after = ''; ;) {
    const rows = await manager
      .createQueryBuilder(Enrolment, 'e')
      .innerJoin(Cohort, 'c', 'c.id = e.cohort_id')
      .select(['e.id AS "id"', 'e.status AS "status"', 'e.told_status AS "toldStatus"'])
      .addSelect(['e.unit_at_enrolment_id AS "unitId"', 'e.category_at_enrolment AS "category"'])
      .addSelect(['e.cohort_id AS "cohortId"', 'c.location AS "location"', 'c.starts_on AS "startsOn"'])
      .where('e.told_status <> e.status AND e.id > :after', { after })
      .orderBy('e.id')
      .limit(ROWS_A_STATEMENT)
      .getRawMany<Omit<Unreleased, 'isAbroad' | 'year'> & { location: string; startsOn: string }>();
    yield rows.map(({ location, startsOn, ...row }) => ({
      ...row,
      isAbroad: location !== 'DOMESTIC',
      year: startsOn.slice(0, 4),
    }));
    if (rows.length < ROWS_A_STATEMENT) return;
    after = rows.at(-1)!.id;
    await giveTurn();
  }
}

/** Only rows that still have the status that was read: a change by a transaction that began yesterday waits. */
async function markReleased(manager: EntityManager, rows: Unreleased[]): Promise<void> {
  for (const some of grouped(rows, (row) => row.status).values()) {
    const [ids, { status }] = [some.map(({ id }) => id), some[0]!];
    await manager.update(Enrolment, { id: In(ids), status }, { toldStatus: status });
  }
}

/** Each unit with its ancestors, except the highest: that a learner is of the city reveals nothing. */
async function linesBelowCity(manager: EntityManager, unitIds: string[]): Promise<Map<string, string[]>> {
  const lines = new Map<string, string[]>();
  for (const some of inParts(unitIds)) {
    for (const [unitId, upwards] of await linesOf(manager, some))
      lines.set(unitId, upwards.length > 1 ? upwards.slice(0, -1) : upwards);
  }
  return lines;
}

/** What an enrolment in a status counts as in figures. */
function figuresOf(status: EnrolmentStatus): string {
  if (status === EnrolmentStatus.COMPLETED) return 'graduate';
  return (PARTICIPATING as readonly EnrolmentStatus[]).includes(status) ? 'learner' : 'nobody';
}

const count = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
};

/**
 * The changes that can be released together: those that move no figure; and of each kind (accepted, withdrawn,
 * graduated …, at home or abroad, of one year) those that at least five learners of the same unit, category and cohort
 * share. Of the rest all or none: all if they are so mixed that neither unit nor category can be derived from the
 * cohort.
 * @param lineOf the unit and those above it.
 */
function releasable(unreleased: readonly Unreleased[], lineOf: (unitId: string) => string[]): Unreleased[] {
  const kindOf = ({ toldStatus, status, isAbroad, year }: Unreleased) =>
    [figuresOf(toldStatus), figuresOf(status), isAbroad, year].join();
  const cellOf = ({ unitId, category, cohortId }: Unreleased) => [unitId, category, cohortId].join();
  return [...grouped(unreleased, kindOf).values()].flatMap((changes) => {
    const [{ toldStatus, status }] = changes as [Unreleased];
    if (figuresOf(toldStatus) === figuresOf(status)) return changes;
    const cells = count(changes, cellOf);
    const isOfFew = (each: Unreleased) => cells.get(cellOf(each))! < LEAST_COMPANY;
    return isMixed(changes.filter(isOfFew), lineOf) ? changes : changes.filter((each) => !isOfFew(each));
  });
}

/**
 * Whether, for any unit, category or cohort, at least five are of another, and for any unit or cohort at least half.
 */
function isMixed(changes: readonly Unreleased[], lineOf: (unitId: string) => string[]): boolean {
  const units = new Map<string, number>();
  for (const { unitId } of changes)
    for (const each of new Set([unitId, ...lineOf(unitId)])) units.set(each, (units.get(each) ?? 0) + 1);
  const classes = count(changes, ({ cohortId }) => cohortId);
  const categories = count(changes, ({ category }) => category);
  const others = (counts: Map<string, number>) => changes.length - Math.max(0, ...counts.values());
  return (
    [units, classes, categories].every((each) => others(each) >= LEAST_COMPANY) &&
    [units, classes].every((each) => others(each) * 2 >= changes.length)
  );
}
