// Counts amounts by key, such as connections by address: so much of each key at most, and so much of all.
export class Tally {
  private readonly of = new Map<string, number>();
  private all = 0;

  /** @param most of all keys together. */
  constructor(
    private readonly mostOfOne: number,
    private readonly most = Infinity,
  ) {}

  /** @returns what gives it back, which does so once; null when there is no room. */
  take(key: string, amount: number): (() => void) | null {
    const held = this.of.get(key) ?? 0;
    if (held + amount > this.mostOfOne || this.all + amount > this.most) return null;
    this.of.set(key, held + amount);
    this.all += amount;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.all -= amount;
      const left = this.of.get(key)! - amount;
      if (left > 0) this.of.set(key, left);
      else this.of.delete(key);
    };
  }
}
