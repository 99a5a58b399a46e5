// Memory of answers: how many bytes are being made or wait to be taken by their peers, for each caller and in all.
//
// One answer is bounded (answer.ts), but a caller may ask for many and read none. What goes beyond a share is taken
// from the caller who holds the most: work that grows is refused, or what has waited longest is thrown away.
import type { Limits } from '../config/limits';

type Shares = Pick<Limits, 'answersOfCaller' | 'answersOfAll' | 'unreadMs'>;

/** What one caller holds, each set in order of time. */
interface Account {
  key: string;
  bytes: number;
  making: Set<Holding>;
  waiting: Set<Holding>;
}

/** The bytes of one answer, until they are released. */
export class Holding {
  private bytes = 0;
  private released = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param end what is done when its bytes are needed: it must give them up. */
  constructor(
    private readonly ledger: Ledger,
    readonly account: Account,
    private end: () => void,
  ) {
    account.making.add(this);
  }

  get isMade(): boolean {
    return this.account.waiting.has(this);
  }

  /** More bytes are held; whatever is beyond a share now has ended when this returns, this one perhaps. */
  grow(bytes: number): void {
    if (this.released) return;
    this.bytes += bytes;
    this.ledger.add(this.account, bytes);
    this.ledger.makeRoom(this);
  }

  /**
   * From now on it is made and waits for its peer, for a bounded time.
   * @param end how it is thrown away.
   */
  wait(end: () => void): void {
    if (this.released) return;
    this.end = end;
    this.account.making.delete(this);
    this.account.waiting.add(this);
    this.timer = setTimeout(() => this.drop(), this.ledger.shares.unreadMs).unref();
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    clearTimeout(this.timer);
    this.account.making.delete(this);
    this.account.waiting.delete(this);
    this.ledger.add(this.account, -this.bytes);
  }

  /** Gives its bytes up for those of others. */
  drop(): void {
    this.release();
    this.end();
  }
}

export class Ledger {
  private readonly accounts = new Map<string, Account>();
  private total = 0;

  constructor(readonly shares: Shares) {}

  /** All bytes that are held. */
  get bytes(): number {
    return this.total;
  }

  /**
   * Begins to hold an answer of a caller that is to be made.
   * @param end what refuses the work on it when its bytes are needed.
   */
  open(key: string, end: () => void): Holding {
    return new Holding(this, this.accountOf(key), end);
  }

  /**
   * Holds what is made already and waits for a peer.
   * @param end how it is thrown away.
   */
  wait(key: string, bytes: number, end: () => void): Holding {
    const holding = this.open(key, end);
    holding.wait(end);
    holding.grow(bytes);
    return holding;
  }

  /** For holdings: counts bytes. */
  add(account: Account, bytes: number): void {
    account.bytes += bytes;
    this.total += bytes;
    if (account.making.size + account.waiting.size === 0) this.accounts.delete(account.key);
  }

  /** For holdings: ends what is too much, by one that has just grown. */
  makeRoom(grown: Holding): void {
    const { answersOfCaller, answersOfAll } = this.shares;
    for (;;) {
      const own = grown.account;
      const account =
        own.bytes > answersOfCaller ? own : this.total > answersOfAll ? this.heaviest(own) : null;
      if (!account) return;
      const ends =
        account === own && !grown.isMade ? grown : (first(account.waiting) ?? [...account.making].at(-1));
      if (!ends) return;
      ends.drop();
      if (ends === grown) return;
    }
  }

  private heaviest(own: Account): Account {
    let found = own;
    for (const each of this.accounts.values()) if (each.bytes > found.bytes) found = each;
    return found;
  }

  private accountOf(key: string): Account {
    let account = this.accounts.get(key);
    if (!account) {
      account = { key, bytes: 0, making: new Set(), waiting: new Set() };
      this.accounts.set(key, account);
    }
    return account;
  }
}

function first<T>(set: Set<T>): T | undefined {
  return set.values().next().value;
}
