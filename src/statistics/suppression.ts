// Which figures must a reader without rights not be given? Those about fewer than five persons, and what betrays them.
//
// A figure can be narrowed along three axes: units, categories, and being one of the groups. Along one axis the
// partition of the line says what is shown. A table of crossed axes is shown only if nothing in it is small: hidden
// cells could be computed from rows, columns and chains of both, however well each row and column is protected.
import { idsWithin } from '../access/scope';
import type { Context } from '../context';
import type { Row, Statement } from '../lib/database';
import { OfficialCategory } from '../registry/official/official.entity';
import { keyOf, participations, straddlingUnits, UNIT_PARENTS, WITHIN } from './count';
import { isSmall, ownPart, partition, type Partition, partitionTree } from './partition';
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
type RowsOf = (statement: Statement) => Row[];

/** Which kinds of counts are hidden in the whole, and in a group, given what they are. */
export interface Decision {
  whole(sizes: Row | undefined): ReadonlySet<Kind>;
  group(key: string, sizes: Row | undefined): ReadonlySet<Kind>;
}

const EVERY_CATEGORY = Object.values(OfficialCategory);
const SAME: Partial<Record<Dimension, Axis>> = { UNIT: 'units', CATEGORY: 'categories' };
const sizeOf = (row: Row | undefined, kind: Kind): number => Number(row?.[kind] ?? 0);

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
    if (groupBy) this.groupAxes.push(...this.wholeAxes.filter((axis) => axis !== SAME[groupBy]), 'group');
    this.straddling = straddlingUnits(filter);
    this.statements = [
      UNIT_PARENTS,
      this.straddling,
      ...[...this.wholeAxes, ...this.groupAxes].flatMap((axis) => Object.values(this.lineOf(axis))),
      this.tableOf(this.wholeAxes),
      this.tableOf(this.groupAxes),
    ];
  }

  /** @param rowsOf gives the rows of each of the statements. */
  decide(rowsOf: RowsOf): Decision {
    const { filter, groupBy, wholeAxes, groupAxes } = this;
    const lines = new Map(
      [...new Set([...wholeAxes, ...groupAxes])].map((axis) => [axis, this.judge(axis, rowsOf)]),
    );
    const crossed = new Map(
      [wholeAxes, groupAxes].map((axes) => [
        axes,
        axes.length > 1 ? smallKinds(rowsOf(this.tableOf(axes))) : new Set<Kind>(),
      ]),
    );
    const hides = (axes: Axis[], group: string | null, kind: Kind): boolean =>
      crossed.get(axes)!.has(kind) ||
      axes.some((axis) => this.partsOf(axis, group).some((part) => lines.get(axis)![kind].hidden.has(part)));

    const straddling = new Set(rowsOf(this.straddling).map(keyOf));
    const astray =
      filter.includeSubunits !== false && filter.unitIds?.some((id) => straddling.has(id)) === true;
    const hidesTotal = (kind: Kind) =>
      wholeAxes.length === 0 && lines.get('group')?.[kind].hidesTotal === true;
    const wholeHides = (kind: Kind) => astray || hides(wholeAxes, null, kind) || hidesTotal(kind);
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

  private dimensionOf(axis: Axis): Dimension {
    return { units: Dimension.UNIT, categories: Dimension.CATEGORY, group: this.groupBy! }[axis];
  }

  /** What the filter or the group names along an axis, as parts of its partition. */
  private partsOf(axis: Axis, group: string | null): readonly string[] {
    const { unitIds, includeSubunits, categories } = this.filter;
    if (axis === 'categories') return categories!;
    if (axis === 'group') return [this.groupBy === Dimension.UNIT ? ownPart(group!) : group!];
    return includeSubunits === false ? unitIds!.map(ownPart) : unitIds!;
  }

  /** All learners whom the rest of the filter lets through: what is hidden must not depend on who is asked for. */
  private get everybody(): TrainingStatisticsFilter {
    return { ...this.filter, unitIds: null, categories: null };
  }

  private lineOf(axis: Axis): { parts: Statement; within?: Statement } {
    const key = this.dimensionOf(axis);
    const parts = participations(this.everybody, { key });
    return key === Dimension.UNIT
      ? { parts, within: participations(this.everybody, { key: WITHIN }) }
      : { parts };
  }

  private tableOf(axes: Axis[]): Statement {
    const [key, ...contexts] = axes.map((axis) => this.dimensionOf(axis));
    return participations(this.everybody, { key, contexts });
  }

  private judge(axis: Axis, rowsOf: RowsOf): Verdict {
    const { parts, within } = this.lineOf(axis);
    const sizesOf = (statement: Statement, kind: Kind) =>
      new Map(rowsOf(statement).map((row) => [keyOf(row), sizeOf(row, kind)]));
    const parentOf = new Map(
      rowsOf(UNIT_PARENTS).map(({ key, parent_id: above }) => [String(key), above as string | null]),
    );
    const split = (kind: Kind, forced?: ReadonlySet<string>): Partition => {
      const own = sizesOf(parts, kind);
      return within
        ? partitionTree({ own, within: sizesOf(within, kind), parentOf }, forced)
        : partition(own, forced);
    };
    const officials = split('officials');
    const graduates = split('graduates', officials.hidden);
    const abroad = split('abroad', officials.hidden);
    const isLocation = axis === 'group' && this.groupBy === Dimension.LOCATION;
    return { officials: isLocation ? withAbroad(officials, abroad) : officials, graduates, abroad };
  }
}

/** The kinds in which any cell of a table is small; where persons are, all. */
function smallKinds(cells: Row[]): ReadonlySet<Kind> {
  const small = KINDS.filter((kind) => cells.some((cell) => isSmall(sizeOf(cell, kind))));
  return new Set(small.includes('officials') ? KINDS : small);
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
