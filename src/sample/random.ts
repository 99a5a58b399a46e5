// Seeded random numbers: the same sample city each time, with one stream for each purpose.

/** A random number stream named after its purpose, so that a change to one purpose leaves the others unchanged. */
export class Random {
  private state = 0x811c9dc5;

  constructor(purpose: string) {
    for (const character of purpose) {
      this.state = Math.imul(this.state ^ character.codePointAt(0)!, 0x01000193);
    }
  }

  /** At least 0, below 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both bounds included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** True with this probability (0 to 1). */
  happens(likelihood: number): boolean {
    return this.next() < likelihood;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!;
  }

  /** One of the values, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T {
    let left = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    return choices.at(-1)![0];
  }

  /** Up to `count` different entries, in the order they were drawn. */
  draw<T>(list: readonly T[], count: number): T[] {
    const left = [...list];
    const size = Math.min(count, left.length);
    for (let i = 0; i < size; i++) {
      const other = this.between(i, left.length - 1);
      [left[i], left[other]] = [left[other]!, left[i]!];
    }
    return left.slice(0, size);
  }
}
