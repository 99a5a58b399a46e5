// Seeded random numbers for tests.

/** @returns a function that gives whole numbers from 0 up to, but not including, what it is called with. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
