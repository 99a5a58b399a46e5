// Small-group suppression: hides counts of 1 to 4 persons, and others from which they could be derived by subtraction.
//
// A caller can send any query and subtract the answers. So which figures are shown is decided by a few tables that
// never depend on the query: all learners by unit, by category and by cohort, each along its own line; and for
// combinations of units, categories and years, one table, shown only if no cell is small. Other combinations are not
// shown. Figures that are narrowed by cohorts alone are live. By unit and category, learners count as released: of an
// earlier day, so that live figures of a cohort cannot be matched with the unit of a learner (see
// registry/cohort/delayed-release.ts).
import type { Context } from '../operation/context';
import { isAmong } from '../graphql/enums';
import type { Row } from '../database/database';
import { sql, type Statement } from '../lib/sql';
import { OfficialCategory } from '../registry/official/official.entity';
import { Unit } from '../registry/unit/unit.entity';
import type { RowsOf } from './analysis';
import {
  type As,
  type Aspect,
  countedUnits,
  DISCLOSURE,
  distinctPersons,
  PERSONS_WITHIN,
  keyOf,
  participationsBy,
  UNIT_PARENTS,
} from './count';
import { Blocks, isSmall, orderBy } from './partition';
import { TrainingStatisticsDimension as Dimension, type TrainingStatisticsFilter } from './statistics.types';

/** Counts that are hidden each by itself; participations are hidden together with officials. */
export type Kind = 'officials' | 'graduates' | 'abroad';
const KINDS: Kind[] = ['officials', 'graduates', 'abroad'];

/** The lines along which learners are partitioned. */
type Line = 'units' | 'categories' | 'classes';

/** How it is decided whether a figure is shown: along one line, by the table of combinations, or never shown. */
type Method = Line | 'table' | 'none';

/** Which kinds of counts are hidden in the whole, and in a group, given their sizes. */
export interface Decision {
  /** Whether every group is hidden, so that not even their list may reveal which are empty. */
  hidesEveryGroup: boolean;
  whole(sizes: Row | undefined): ReadonlySet<Kind>;
  group(key: string, sizes: Row | undefined): ReadonlySet<Kind>;
}

const EVERY_CATEGORY = Object.values(OfficialCategory);

/** Finest last: a small cohort is hidden together with a similar one, so that most groups contain both or neither. */
const CLASS_PATH: Aspect[] = [Dimension.YEAR, Dimension.LOCATION, Dimension.UNIVERSITY, 'PROGRAMME'];

/** All learners, by the smallest parts of each line. */
const PARTS: Record<Line, (as: As) => Statement> = {
  units: (as) => distinctPersons({}, ['SENDER'], as),
  categories: (as) => distinctPersons({}, [Dimension.CATEGORY], as),
  classes: (as) => participationsBy({}, ['COHORT', ...CLASS_PATH], as),
};
const PART: Record<Line, Aspect> = { units: 'SENDER', categories: Dimension.CATEGORY, classes: 'COHORT' };
/** By cohort and not by year: a cohort can be moved to another year. */
const TABLE = distinctPersons({}, ['SENDER', Dimension.CATEGORY, 'COHORT'], 'RELEASED');

/**
 * Whether the caller may see these figures however few persons they are about: those of units or universities within
 * reach only. By CURRENT_SUCCESSOR that is every unit whose learners count for those asked for.
 */
export async function seesPersons(ctx: Context, filter: TrainingStatisticsFilter): Promise<boolean> {
  const scope = ctx.scope('statistics.reveal');
  const { everything, universityIds } = scope.reach;
  if (everything) return true;
  const { unitIds, universityIds: asked } = filter;
  if (asked?.length && asked.every((id) => universityIds.includes(id))) return true;
  if (!unitIds?.length) return false;
  const beyond = sql`(own.id IN ${unitIds} OR own.id IN (${countedUnits(filter, unitIds)}))
    AND NOT (${scope.units('own.id')})`;
  return !(await ctx.reader.read((manager) =>
    manager
      .createQueryBuilder(Unit, 'own')
      .where(...beyond.named())
      .getExists(),
  ));
}

/** The suppression of one answer: what has to be counted to decide it, and the decision. */
export class Suppression {
  /** Statements about the parts of this answer, to run in the same snapshot as the answer's own. */
  readonly own: Statement[];
  /** Statements of the tables that decide, the same for every answer. */
  readonly shared: Statement[];
  /** How learners are counted in the whole, and in the groups. */
  readonly wholeAs: As;
  readonly groupsAs: As;
  private readonly whole: Verdict;
  private readonly groups: Verdict | null;

  constructor(filter: TrainingStatisticsFilter, groupBy: Dimension | null) {
    this.whole = new Verdict(filter, null);
    this.groups = groupBy && new Verdict(filter, groupBy);
    this.wholeAs = this.whole.as;
    this.groupsAs = this.groups?.as ?? this.wholeAs;
    this.own = [...this.whole.own, ...(this.groups?.own ?? [])];
    this.shared = [DISCLOSURE, ...this.whole.shared, ...(this.groups?.shared ?? [])];
  }

  /** @param rowsOf gives the rows of each of the statements. */
  decide(rowsOf: RowsOf): Decision {
    const whole = this.whole.decide(rowsOf);
    const groups = this.groups?.decide(rowsOf);
    return {
      hidesEveryGroup: groups?.all.has('officials') ?? false,
      whole: (sizes) => hiddenKinds(sizes, whole, null),
      group: (key, sizes) => hiddenKinds(sizes, groups!, key),
    };
  }
}

/** The kinds hidden whatever their size, even zero, and whether a kind is hidden in a figure of some size. */
interface Hiding {
  all: ReadonlySet<Kind>;
  hides: (group: string | null, kind: Kind, size: number) => boolean;
}

/** The decision about one set of figures: the whole of a filter, or its groups. */
class Verdict {
  readonly own: Statement[] = [];
  readonly shared: Statement[] = [];
  readonly as: As;
  private readonly method: Method;
  /** The parts of the line that each figure consists of. */
  private readonly madeUp: Statement | null = null;
  /** The decision about what the sum of the figures would reveal about cohorts. */
  private readonly sums: Verdict | null = null;

  /** @param as how learners are counted where only cohorts decide; along other lines they count as released. */
  constructor(filter: TrainingStatisticsFilter, groupBy: Dimension | null, as: As = 'LIVE') {
    this.method = methodOf(filter, groupBy);
    this.as =
      this.method === 'units' || this.method === 'categories' || this.method === 'table' ? 'RELEASED' : as;
    if (this.method === 'none') return;
    if (this.method === 'table') this.shared.push(TABLE);
    else {
      this.madeUp = participationsBy(filter, [PART[this.method], ...(groupBy ? [groupBy] : [])], this.as);
      this.own.push(this.madeUp);
      this.shared.push(PARTS[this.method](this.as));
    }
    if (this.method === 'units') this.shared.push(UNIT_PARENTS, PERSONS_WITHIN);
    if (this.method === 'classes') return;
    this.sums = new Verdict({}, this.method === 'table' ? Dimension.YEAR : null, 'RELEASED');
    this.shared.push(...this.sums.own, ...this.sums.shared);
  }

  decide(rowsOf: RowsOf): Hiding {
    const { method } = this;
    // On its first day a registry has no earlier day to show, and zero would be wrong.
    const isFirstDay = this.as === 'RELEASED' && rowsOf(DISCLOSURE)[0]!.is_first_day === 1;
    if (method === 'none' || isFirstDay) return { all: new Set(KINDS), hides: () => true };
    if (method === 'classes') return this.decideClasses(rowsOf);
    const all = this.hiddenSums(rowsOf);
    if (method === 'table') {
      for (const kind of smallKinds(rowsOf(TABLE))) all.add(kind);
      return { all, hides: (_group, kind) => all.has(kind) };
    }
    const { officials, graduates, abroad, domestic } = blocksOf(method, this.as, rowsOf);
    if (officials.hidesAll) all.add('officials');
    if (graduates.hidesAll) all.add('graduates');
    if (abroad.hidesAll || domestic.hidesAll) all.add('abroad');
    const parts = this.partsOf(rowsOf);
    return {
      all,
      hides: (group, kind, size) => {
        const keys = (parts.get(group) ?? []).map(keyOf);
        // Zero abroad means that all stayed, and others may be protected by hiding that.
        if (kind === 'abroad') return domestic.splits(keys);
        return size > 0 && { officials, graduates }[kind].splits(keys);
      },
    };
  }

  /** Whether a cohort is empty is public, so that nothing is hidden in an empty one. */
  private decideClasses(rowsOf: RowsOf): Hiding {
    const { officials, graduates } = blocksOf('classes', this.as, rowsOf);
    const parts = this.partsOf(rowsOf);
    const hides = (group: string | null, kind: Kind) => {
      const rows = parts.get(group) ?? [];
      const counted = rows.filter((row) => sizeOf(row, kind) > 0);
      if (counted.length === 0) return false;
      if (kind === 'graduates') return graduates.hidesAll || graduates.splits(rows.map(keyOf));
      return officials.hidesAll || officials.splits(counted.map(keyOf)); // abroad is a set of whole cohorts
    };
    return { all: new Set(), hides };
  }

  /** The kinds of which the sum over units or categories would reveal small cohorts, in all or in some year. */
  private hiddenSums(rowsOf: RowsOf): Set<Kind> {
    const sums = this.sums!;
    const hidden = once(SUMS, rowsOf(sums.madeUp!), () => {
      const { hides } = sums.decide(rowsOf);
      const groups = [...sums.partsOf(rowsOf).keys()];
      return KINDS.filter((kind) => groups.some((group) => hides(group, kind, 1)));
    });
    return new Set(hidden);
  }

  /** The parts of each group and, by null, of the whole. */
  private partsOf(rowsOf: RowsOf): Map<string | null, Row[]> {
    const parts = new Map<string | null, Row[]>([[null, []]]);
    for (const row of rowsOf(this.madeUp!)) {
      parts.get(null)!.push(row);
      if (row.context0 === undefined) continue;
      const group = keyOf({ key: row.context0 });
      if (!parts.has(group)) parts.set(group, []);
      parts.get(group)!.push(row);
    }
    return parts;
  }
}

function methodOf(filter: TrainingStatisticsFilter, groupBy: Dimension | null): Method {
  const persons = [
    ...(filter.unitIds || groupBy === Dimension.UNIT ? ['units' as const] : []),
    ...((filter.categories && !EVERY_CATEGORY.every((each) => filter.categories!.includes(each))) ||
    groupBy === Dimension.CATEGORY
      ? ['categories' as const]
      : []),
  ];
  if (persons.length === 0) return 'classes';
  const {
    universityIds,
    programmeIds,
    topicIds,
    contentGroups,
    bases,
    kinds,
    locations,
    statuses,
    startsOn,
  } = filter;
  const isOfSomeClasses = [
    universityIds,
    programmeIds,
    topicIds,
    contentGroups,
    bases,
    kinds,
    locations,
    statuses,
  ].some(Boolean);
  const isByYear = groupBy === Dimension.YEAR;
  const isByClass =
    groupBy !== null && !isAmong([Dimension.UNIT, Dimension.CATEGORY, Dimension.YEAR], groupBy);
  if (isOfSomeClasses || isByClass || !isOfWholeYears(startsOn)) return 'none';
  const isOfAllYears = !startsOn?.from && !startsOn?.to;
  return persons.length === 1 && isOfAllYears && !isByYear ? persons[0]! : 'table';
}

const isOfWholeYears = (range: TrainingStatisticsFilter['startsOn']): boolean =>
  (!range?.from || range.from.endsWith('-01-01')) && (!range?.to || range.to.endsWith('-12-31'));

const sizeOf = (row: Row | undefined, kind: Kind | 'domestic'): number => Number(row?.[kind] ?? 0);

type Lines = Record<Kind | 'domestic', Blocks>;

/** Results computed from cached tables, by one of these tables: the others are of the same moment. */
const SUMS = new WeakMap<Row[], Kind[]>();
const BLOCKS = new WeakMap<Row[], Lines>();

function once<T>(made: WeakMap<Row[], T>, of: Row[], make: () => T): T {
  const known = made.get(of);
  if (known) return known;
  const fresh = make();
  made.set(of, fresh);
  return fresh;
}

/** The blocks of a line by kind of count; abroad is decided together with its complement, domestic. */
const blocksOf = (line: Line, as: As, rowsOf: RowsOf): Lines =>
  once(BLOCKS, rowsOf(PARTS[line](as)), () => layOut(line, as, rowsOf));

function layOut(line: Line, as: As, rowsOf: RowsOf): Lines {
  const rows = rowsOf(PARTS[line](as));
  const order = orderBy(String(rowsOf(DISCLOSURE)[0]!.secret));
  const parentOf = new Map<string, string | null>();
  if (line === 'units')
    for (const row of rowsOf(UNIT_PARENTS)) parentOf.set(keyOf(row), row.parent_id as string | null);
  if (line === 'classes') {
    for (const row of rows) {
      const [year, ...rest] = CLASS_PATH.map((_, at) => String(row[`context${at}`]));
      const path = [year, sizeOf(row, 'abroad') > 0 ? 'ABROAD' : 'AT_HOME', ...rest];
      const nodes = path.map((_, at) => path.slice(0, at + 1).join('/'));
      [...nodes, keyOf(row)].forEach((node, at) => parentOf.set(node, nodes[at - 1] ?? null));
    }
  }
  const split = (kind: Kind | 'domestic', forced?: ReadonlySet<string>): Blocks => {
    const sizesOf = (counted: Row[]) => new Map(counted.map((row) => [keyOf(row), sizeOf(row, kind)]));
    const own = sizesOf(rows);
    const within = sizesOf(line === 'units' ? rowsOf(PERSONS_WITHIN) : rows);
    // Several cohorts have at least as many persons as the largest of them, and no more if they share all persons.
    if (line === 'classes')
      for (const [key, size] of own)
        for (let at = parentOf.get(key); at; at = parentOf.get(at))
          within.set(at, Math.max(within.get(at) ?? 0, size));
    return new Blocks({ own, within, parentOf }, rows.map(keyOf), order, forced);
  };
  const officials = split('officials');
  const graduates = split('graduates', officials.hidden);
  const abroad = split('abroad', officials.hidden);
  return { officials, graduates, abroad, domestic: split('domestic', abroad.hidden) };
}

/** The kinds in which any cell of a table is small; all kinds where officials is one of them. */
function smallKinds(cells: Row[]): ReadonlySet<Kind> {
  const isAnySmall = (kind: Kind | 'domestic') => cells.some((cell) => isSmall(sizeOf(cell, kind)));
  if (isAnySmall('officials')) return new Set(KINDS);
  return new Set(KINDS.filter((kind) => isAnySmall(kind) || (kind === 'abroad' && isAnySmall('domestic'))));
}

/** The kinds hidden in one figure; where officials is hidden, all are. */
function hiddenKinds(
  sizes: Row | undefined,
  { all, hides }: Hiding,
  group: string | null,
): ReadonlySet<Kind> {
  const hidden = KINDS.filter((kind) => {
    const size = sizeOf(sizes, kind);
    return all.has(kind) || isSmall(size) || hides(group, kind, size);
  });
  return new Set(hidden.includes('officials') ? KINDS : hidden);
}
