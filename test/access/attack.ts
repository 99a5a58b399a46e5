// What can be computed from the figures that were shown? Everything that linear algebra over them determines.

/** A count of some cells; a cell is the learners of one unit, category and class. */
export interface Figure {
  what: string;
  /** What the reader was given; null when it was held back. */
  shown: number | null;
  real: number;
  of: number[];
}

const NOTHING = 1e-9;

/** The small figures that follow from those shown: whose cells' sum is a combination of shown sums. */
export function attack(figures: Figure[], cells: number): string[] {
  const vector = ({ of }: Figure) => Array.from({ length: cells }, (_, cell) => (of.includes(cell) ? 1 : 0));
  const basis: { pivot: number; row: number[] }[] = [];
  const reduce = (row: number[]): number[] => {
    const rest = [...row];
    for (const { pivot, row: known } of basis) {
      const factor = rest[pivot]!;
      if (Math.abs(factor) < NOTHING) continue;
      for (let at = 0; at < cells; at++) rest[at] = rest[at]! - factor * known[at]!;
    }
    return rest;
  };
  for (const figure of figures) {
    if (figure.shown === null) continue;
    const rest = reduce(vector(figure));
    const pivot = rest.findIndex((value) => Math.abs(value) > 1e-6);
    if (pivot < 0) continue;
    const row = rest.map((value) => value / rest[pivot]!);
    for (const known of basis) {
      const factor = known.row[pivot]!;
      if (Math.abs(factor) > NOTHING) known.row = known.row.map((value, at) => value - factor * row[at]!);
    }
    basis.push({ pivot, row });
  }
  return figures
    .filter(({ real }) => real >= 1 && real <= 4)
    .filter((figure) => reduce(vector(figure)).every((value) => Math.abs(value) < 1e-6))
    .map(({ what }) => what);
}
