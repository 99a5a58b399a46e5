// Fair queues (round robin among callers), so that one caller with many requests does not delay the others.

/** A queue per caller, served in turns; first in, first out within a caller. */
export class FairQueue<T> {
  /** In the order of the turns. */
  private readonly waiting = new Map<string, Set<T>>();

  get size(): number {
    return [...this.waiting.values()].reduce((total, { size }) => total + size, 0);
  }

  /** Appends an item to a caller's queue. */
  add(caller: string, item: T): void {
    const own = this.waiting.get(caller);
    if (own) own.add(item);
    else this.waiting.set(caller, new Set([item]));
  }

  /** Removes an item that is no longer wanted. */
  remove(caller: string, item: T): void {
    const own = this.waiting.get(caller);
    own?.delete(item);
    if (own?.size === 0) this.waiting.delete(caller);
  }

  /**
   * Removes and returns the next item; the following turn goes to another caller.
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

  /** Removes and returns all matching items of all callers. */
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
 * Fair semaphore: permits for a limited resource, given to waiting callers in turns. One caller never holds all of
 * several permits: the last is left to others. The server itself, whose key is empty, may.
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

  /** Waits for a permit. @returns a function that gives it back. */
  async enter(caller: string): Promise<() => void> {
    if (this.used < this.size && this.mayHoldMore(caller)) this.count(caller, 1);
    else await new Promise<void>((admit) => this.turns.add(caller, () => (this.count(caller, 1), admit())));
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.count(caller, -1);
      this.turns.take((next) => this.mayHoldMore(next))?.(); // synchronously, so that no other caller gets in between
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
