// Which figures must a reader without rights not be given? Those about fewer than five persons, and what betrays them.
//
// A figure can be narrowed along three axes: units, categories, and being one of the groups. Along one axis the
// partition of the line says what is shown. Crossing axes makes tables, in which whole rows are shown or hidden: were
// single cells hidden, each could be computed from its row, its column, or a chain of them.
import { idsWithin } from '../access/scope';
import type { Context } from '../context';
import type { Row, Statement } from '../lib/database';
import { OfficialCategory } from '../registry/official/official.entity';
import { type Grouping, keyOf, participations, straddlingUnits, UNIT_PARENTS, WITHIN } from './count';
import { childrenOf, isSmall, ownPart, partition, type Partition, partitionTree } from './partition';
import {
  TrainingStatisticsDimension as Dimension,
  type TrainingStatisticsFilter,
  UnitAttribution,
} from './statistics.types';

/** Counts that are hidden each by itself; participations go with the officials whose they are. */
export type Kind = 'officials' | 'graduates' | 'abroad';
const KINDS: Kind[] = ['officials', 'graduates', 'abroad'];

/** What a figure is narrowed by: the filter's units, its categories, or being one of the groups. */
type Axis = 'units' | 'categories' | 'group';

type Verdict = Record<Kind, Partition>;
type Sizes = ReadonlyMap<string, Row>;
type RowsOf = (statement: Statement) => Row[];

/** Which kinds of counts are hidden in the whole, and in a group, given what they are. */
export interface Decision {
  whole(sizes: Row | undefined): ReadonlySet<Kind>;
  group(key: string, sizes: Row | undefined): ReadonlySet<Kind>;
}

const EVERY_CATEGORY = Object.values(OfficialCategory);
const SAME: Partial<Record<Dimension, Axis>> = { UNIT: 'units', CATEGORY: 'categories' };
const sizeOf = (row: Row | undefined, kind: Kind): number => Number(row?.[kind] ?? 0);
const only = (sizes: Sizes, kind: Kind) =>
  new Map([...sizes].map(([key, row]) => [key, sizeOf(row, kind)] as const));

/**
 * Whether the reader may see these figures however few persons they tell of: those of nothing but units or universities
 * within their reach. By successor, figures also tell of whom other units sent, so that only those of the day count.
 */
export async function seesPersons(ctx: Context, filter: TrainingStatisticsFilter): Promise<boolean> {
  const scope = ctx.scope('statistics.reveal');
  const { everything, universityIds } = scope.reach;
  if (everything) return true;
  const { attribution, unitIds, universityIds: asked } = filter;
  if (asked?.length && asked.every((id) => universityIds.includes(id))) return true;
  if (!unitIds?.length || attribution === UnitAttribution.CURRENT_SUCCESSOR) return false;
  const within = await idsWithin(await ctx.reader.manager(), 'unit', unitIds, scope.units('own.id'));
  return unitIds.every((id) => within.has(id));
}

/** What has to be counted to decide about one answer, and the decision. */
export class Suppression {
  /** To be run in the same snapshot as the answer's own. */
  readonly statements: Statement[];
  private readonly wholeAxes: Axis[] = [];
  private readonly groupAxes: Axis[] = [];
  private readonly straddling: Statement;

  constructor(
    private readonly filter: TrainingStatisticsFilter,
    private readonly groupBy: Dimension | null,
  ) {
    if (filter.unitIds) this.wholeAxes.push('units');
    if (filter.categories && !EVERY_CATEGORY.every((each) => filter.categories!.includes(each))) {
      this.wholeAxes.push('categories');
    }
    if (groupBy) {
      const others = this.wholeAxes.filter((axis) => axis !== SAME[groupBy]);
      // Units make the rows of a table, because they alone lie within each other.
      this.groupAxes.push(
        ...(groupBy === Dimension.UNIT ? ['group' as const, ...others] : [...others, 'group' as const]),
      );
    }
    this.straddling = straddlingUnits(filter);
    this.statements = [
      UNIT_PARENTS,
      this.straddling,
      ...[...subsets(this.wholeAxes), ...subsets(this.groupAxes)].flatMap((axes) =>
        Object.values(this.statementsOf(axes)),
      ),
    ];
  }

  /** @param rowsOf gives the rows of each of the statements. */
  decide(rowsOf: RowsOf): Decision {
    const { filter, groupBy, wholeAxes, groupAxes } = this;
    const verdicts = new Map<string, Verdict>();
    const verdictOf = (axes: Axis[]): Verdict => {
      const smaller = axes.slice(1).map((column) => verdictOf(axes.filter((axis) => axis !== column)));
      const verdict = verdicts.get(axes.join()) ?? this.judge(axes, rowsOf, smaller);
      verdicts.set(axes.join(), verdict);
      return verdict;
    };
    const hides = (axes: Axis[], group: string | null, kind: Kind): boolean =>
      subsets(axes).some(([row, ...columns]) => {
        // Rows add up to the columns' totals: where one of these is hidden, no row may be shown whole.
        if (subsets(columns).some((each) => verdictOf(each)[kind].hidden.size > 0)) return true;
        const { hidden } = verdictOf([row!, ...columns])[kind];
        return this.partsOf(row!, group).some((part) => hidden.has(part));
      });

    const straddling = new Set(rowsOf(this.straddling).map(keyOf));
    const astray =
      filter.includeSubunits !== false && filter.unitIds?.some((id) => straddling.has(id)) === true;
    const wholeHides = (kind: Kind) =>
      astray ||
      hides(wholeAxes, null, kind) ||
      (groupAxes.length === 1 && wholeAxes.length === 0 && verdictOf(groupAxes)[kind].hidesTotal);
    return {
      whole: (sizes) => hiddenKinds(sizes, wholeHides),
      group: (key, sizes) =>
        hiddenKinds(
          sizes,
          // A unit can be shown though the filter's other units are not; other groups add up to what they are of.
          (kind) => (groupBy !== Dimension.UNIT && wholeHides(kind)) || hides(groupAxes, key, kind),
        ),
    };
  }

  private isTree(axis: Axis): boolean {
    return axis === 'units' || (axis === 'group' && this.groupBy === Dimension.UNIT);
  }

  /** What the filter or the group names along an axis, as parts of its partition. */
  private partsOf(axis: Axis, group: string | null): readonly string[] {
    const { unitIds, includeSubunits, categories } = this.filter;
    if (axis === 'categories') return categories!;
    if (axis === 'group') return [this.groupBy === Dimension.UNIT ? ownPart(group!) : group!];
    return includeSubunits === false ? unitIds!.map(ownPart) : unitIds!;
  }

  /** Counts the table of these axes over everything that the rest of the filter lets through. */
  private statementsOf([row, ...columns]: Axis[]): { parts: Statement; within?: Statement } {
    const filter = { ...this.filter, unitIds: null, categories: null };
    const dimensions = { units: Dimension.UNIT, categories: Dimension.CATEGORY, group: this.groupBy! };
    const by = (key: Grouping['key']) =>
      participations(filter, { key, contexts: columns.map((axis) => dimensions[axis]) });
    return this.isTree(row!)
      ? { parts: by(Dimension.UNIT), within: by(WITHIN) }
      : { parts: by(dimensions[row!]) };
  }

  /** Which rows of the table are hidden: a row that is hidden in one column is hidden in all. */
  private judge(axes: Axis[], rowsOf: RowsOf, smaller: Verdict[]): Verdict {
    const { parts, within } = this.statementsOf(axes);
    const areasOf = within && byColumn(rowsOf(within), axes);
    const parentOf = new Map(
      rowsOf(UNIT_PARENTS).map(({ key, parent_id: above }) => [String(key), above as string | null]),
    );
    const columns = [...byColumn(rowsOf(parts), axes)].map(([name, own]) => {
      const areas = areasOf?.get(name);
      return { own, areas, below: childrenOf(areas?.keys() ?? [], parentOf) };
    });
    const split = (kind: Kind, also: Iterable<string> = []): Partition => {
      const hidden = new Set([...also, ...smaller.flatMap((verdict) => [...verdict[kind].hidden])]);
      const sized = columns.map(({ own, areas, below }) => ({
        own: only(own, kind),
        within: areas && only(areas, kind),
        childrenOf: below,
      }));
      let hidesTotal = false;
      for (let before = -1; before < hidden.size;) {
        before = hidden.size;
        for (const { own, within: inside, childrenOf: below } of sized) {
          const column = inside
            ? partitionTree({ own, within: inside, childrenOf: below }, hidden)
            : partition(own, hidden);
          for (const part of column.hidden) hidden.add(part);
          hidesTotal ||= column.hidesTotal;
        }
      }
      return { hidden, hidesTotal };
    };
    const officials = split('officials');
    const graduates = split('graduates', officials.hidden);
    const abroad = split('abroad', officials.hidden);
    const isLocation = this.groupBy === Dimension.LOCATION && axes.includes('group');
    return { officials: isLocation ? withAbroad(officials, abroad) : officials, graduates, abroad };
  }
}

/** The tables that a figure is in, and those that it is a part of; in each, rows first. */
function subsets(axes: Axis[]): Axis[][] {
  return axes
    .reduce<Axis[][]>((all, axis) => [...all, ...all.map((each) => [...each, axis])], [[]])
    .filter((each) => each.length > 0);
}

/** The rows of each column. */
function byColumn(rows: Row[], axes: Axis[]): Map<string, Map<string, Row>> {
  const columns = new Map<string, Map<string, Row>>();
  for (const row of rows) {
    const name = axes
      .slice(1)
      .map((_, at) => keyOf({ key: row[`context${at}`]! }))
      .join(' ');
    const parts = columns.get(name) ?? new Map<string, Row>();
    columns.set(name, parts.set(keyOf(row), row));
  }
  return columns;
}

/** Where persons are hidden, their graduations are, too; a count of nothing tells of nobody. */
function hiddenKinds(sizes: Row | undefined, isHidden: (kind: Kind) => boolean): ReadonlySet<Kind> {
  const hidden = KINDS.filter((kind) => {
    const size = sizeOf(sizes, kind);
    return size > 0 && (isSmall(size) || isHidden(kind));
  });
  return new Set(hidden.includes('officials') ? KINDS : hidden);
}

/** Participations abroad or combined all count as abroad, so one count would betray the other. */
function withAbroad(officials: Partition, abroad: Partition): Partition {
  return { ...officials, hidden: new Set([...officials.hidden, ...abroad.hidden]) };
}
