// Disclosure attack: computes everything that the shown figures determine by linear algebra, given that an empty group
// is empty in every kind of count.

/** A count of some cells; a cell is the learners of one unit, category and class. */
export interface Figure {
  what: string;
  /** What the reader was given; null when it was held back. */
  shown: number | null;
  /** How many different persons it is about. */
  persons: number;
  of: number[];
}

const NOTHING = 1e-6;

/** The small figures that follow from those shown: whose cells' sum is a combination of shown sums. */
export function attack(figures: Figure[], cells: number): string[] {
  const empty = new Set(figures.flatMap(({ shown, of }) => (shown === 0 ? of : [])));
  const vector = ({ of }: Figure): Float64Array => {
    const row = new Float64Array(cells);
    for (const cell of of) if (!empty.has(cell)) row[cell] = 1;
    return row;
  };
  const basis: { pivot: number; row: Float64Array }[] = [];
  const subtract = (from: Float64Array, factor: number, row: Float64Array): void => {
    for (let at = 0; at < cells; at++) from[at]! -= factor * row[at]!;
  };
  const reduce = (row: Float64Array): Float64Array => {
    for (const { pivot, row: known } of basis) if (row[pivot] !== 0) subtract(row, row[pivot]!, known);
    return row.map((value) => (Math.abs(value) < NOTHING ? 0 : value));
  };
  for (const figure of distinct(figures.filter(({ shown }) => shown !== null))) {
    const rest = reduce(vector(figure));
    const pivot = rest.findIndex((value) => value !== 0);
    if (pivot < 0) continue;
    const row = rest.map((value) => value / rest[pivot]!);
    for (const known of basis) subtract(known.row, known.row[pivot]!, row);
    basis.push({ pivot, row });
  }
  return distinct(figures.filter(({ persons }) => persons >= 1 && persons <= 4))
    .filter((figure) => reduce(vector(figure)).every((value) => value === 0))
    .map(({ what }) => what);
}

/** Many questions ask for the same learners. */
const distinct = (figures: Figure[]): Figure[] => [
  ...new Map(figures.map((figure) => [figure.of.join(), figure])).values(),
];
