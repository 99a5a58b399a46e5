// Fair queues: what callers wait for is served by turns among them, so that one who asks for much delays no other.

/** What waits, by caller. Of one caller, what was asked for first comes first. */
export class FairQueue<T> {
  /** The caller whose turn is next comes first. */
  private readonly waiting = new Map<string, Set<T>>();

  get size(): number {
    return [...this.waiting.values()].reduce((total, { size }) => total + size, 0);
  }

  add(caller: string, item: T): void {
    const own = this.waiting.get(caller);
    if (own) own.add(item);
    else this.waiting.set(caller, new Set([item]));
  }

  remove(caller: string, item: T): void {
    const own = this.waiting.get(caller);
    own?.delete(item);
    if (own?.size === 0) this.waiting.delete(caller);
  }

  /**
   * Takes out what comes next; the turn after it is another caller's.
   * @param may whether a caller may have a turn now.
   */
  take(may: (caller: string) => boolean = () => true): T | undefined {
    for (const [caller, own] of this.waiting) {
      if (!may(caller)) continue;
      const [item] = own;
      own.delete(item!);
      this.waiting.delete(caller);
      if (own.size > 0) this.waiting.set(caller, own);
      return item;
    }
    return undefined;
  }

  /** Takes out all of this kind, whoever waits for it. */
  takeAll(which: (item: T) => boolean): T[] {
    const all = [...this.waiting].flatMap(([caller, own]) =>
      [...own].filter(which).map((item) => [caller, item] as const),
    );
    for (const [caller, item] of all) this.remove(caller, item);
    return all.map(([, item]) => item);
  }

  clear(): void {
    this.waiting.clear();
  }
}

/**
 * Leave to use something of which there are only so many; callers who wait get it by turns. One caller never holds all of
 * several: the last is left to others. The server itself, which has no name, may.
 */
export class Permits {
  private readonly turns = new FairQueue<() => void>();
  private readonly held = new Map<string, number>();
  private used = 0;

  constructor(readonly size: number) {}

  get inUse(): number {
    return this.used;
  }

  get waiting(): number {
    return this.turns.size;
  }

  /** @returns what gives the permit back. */
  async enter(caller: string): Promise<() => void> {
    if (this.used < this.size && this.mayHoldMore(caller)) this.count(caller, 1);
    else await new Promise<void>((admit) => this.turns.add(caller, () => (this.count(caller, 1), admit())));
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.count(caller, -1);
      this.turns.take((next) => this.mayHoldMore(next))?.(); // at once, so that nobody slips in between
    };
  }

  private mayHoldMore(caller: string): boolean {
    return caller === '' || this.size === 1 || (this.held.get(caller) ?? 0) < this.size - 1;
  }

  private count(caller: string, change: 1 | -1): void {
    this.used += change;
    const held = (this.held.get(caller) ?? 0) + change;
    if (held > 0) this.held.set(caller, held);
    else this.held.delete(caller);
  }
}
