// Fair turns: how many operations run at a time, in which order the others begin, and which are shed under overload.
//
// Every operation waits here before its document is parsed, whatever it came over. The caller who has used least of the
// main thread is next, so a hundred small questions are answered between two large ones; what one caller sent begins in
// the order in which it came. Operations are begun for a few milliseconds in each turn of the event loop, so that
// everything else comes in between those of a flood.
import { callerKey } from '../access/caller';
import type { Caller } from './context';
import { apiError, RETRY } from '../graphql/errors';
import type { Reader } from '../graphql/reader';
import type { Limits } from '../config/limits';
import { LoopTime, type Share } from './loop-time';

/** How long operations are begun in one turn of the event loop. What each does at once ends before the next begins. */
const TURN_MS = 5;

/** What every operation is taken to use, so that one who begins many at once is not taken to use nothing. */
const BEGINNING_MS = 1;

/** The client gave the operation up while it waited: no answer is sent. */
export class NoLongerWanted extends Error {}

/** An operation that is to have its turn. */
export interface Asked {
  caller: Caller;
  /** How large it is as it was sent: it is held in memory while it waits. */
  bytes: number;
  /** Ends with an error when its time is up or its connection closes. */
  reader: Reader;
  /** Whether its client still waits for it, where a connection may stay open without. */
  wanted?: () => boolean;
}

interface Waiting {
  /** What its request takes in memory; 0 of one that comes back, and once it was refused. */
  bytes: number;
  wanted: () => boolean;
  begin: () => void;
  refuse: (error: Error) => void;
  /** Whether it has begun before, and comes back from waiting for a count: it is not shed. */
  begun: boolean;
}

/** What one caller runs and waits for. */
interface Queue {
  key: string;
  stranger: boolean;
  running: number;
  waiting: Waiting[];
  bytes: number;
  /** Operations of it that have not ended, whether they run, wait or are away. */
  open: number;
  /** Those that have begun and wait for counts or for their turn as heavy ones, with their documents in memory. */
  away: number;
  /** Milliseconds of the main thread it has had, counted from the `clock` at which it last had nothing waiting. */
  used: number;
}

/** An operation that has begun. It must be ended. */
export interface Turn {
  readonly caller: Caller;
  /** How large it is in memory as it was sent. */
  readonly bytes: number;
  /** What was taken for it from the caller's budget. */
  paid: number;
  /** Its price, by which the time of the main thread is divided from now on. */
  price(cost: number): void;
  /** Does work at one go, on this operation alone. */
  alone<T>(work: () => T): T;
  /** Lets others run while it waits for nothing but counts, which have turns of their own. */
  leave(): void;
  /** When it may go on after leave(). @throws what its reader was ended with */
  back(): Promise<void> | undefined;
  /** What others work on for it, or the reason as soon as its time is up or its connection closes. */
  unlessAborted<T>(work: Promise<T>): Promise<T>;
  /** Has something called once it has ended, or at once if it has. */
  onEnd(release: () => void): void;
  /** @returns how many milliseconds of the main thread and of the database were its; 0 when asked again. */
  end(): number;
}

export class Turns {
  /** Of callers that have used as much, the one whose turn is next comes first. */
  private readonly queues = new Map<string, Queue>();
  /** What the caller that began last had used: who comes now has had as much as those who are served. */
  private clock = 0;
  private readonly loopTime = new LoopTime();
  private running = 0;
  private away = 0;
  private strangersRunning = 0;
  private waiting = 0;
  private bytes = 0;
  private soon = false;

  constructor(private readonly limits: Limits) {}

  /** How many operations run, and how many wait. */
  get load(): { running: number; waiting: number } {
    return { running: this.running, waiting: this.waiting };
  }

  /**
   * Waits for a turn.
   * @throws RATE_LIMITED when too much waits and this is the newest of the heaviest caller; what the reader was ended
   *   with; NoLongerWanted
   */
  async take({ caller, bytes, reader, wanted = () => true }: Asked): Promise<Turn> {
    const key = callerKey(caller);
    let queue = this.queues.get(key);
    if (!queue) {
      queue = {
        key,
        stranger: caller.identity === null,
        running: 0,
        waiting: [],
        bytes: 0,
        open: 0,
        away: 0,
        used: 0,
      };
      this.queues.set(key, queue);
    }
    queue.open += 1;
    try {
      await this.wait(queue, { bytes, wanted, begun: false }, reader);
    } catch (error) {
      this.close(queue);
      throw error;
    }
    return this.turnOf(queue, caller, bytes, reader);
  }

  private wait(queue: Queue, asked: Omit<Waiting, 'begin' | 'refuse'>, reader: Reader): Promise<void> {
    let entry!: Waiting;
    const turn = new Promise<void>((begin, refuse) => (entry = { ...asked, begin, refuse }));
    if (queue.waiting.length === 0) queue.used = Math.max(queue.used, this.clock);
    if (asked.begun) queue.waiting.unshift(entry);
    else queue.waiting.push(entry);
    this.waiting += 1;
    this.hold(queue, entry.bytes);
    this.shed(queue);
    this.beginSoon();
    return reader.unlessAborted(turn).catch((error: unknown) => {
      this.drop(queue, entry);
      throw asked.wanted() ? error : new NoLongerWanted();
    });
  }

  private turnOf(queue: Queue, caller: Caller, bytes: number, reader: Reader): Turn {
    let weight = 0;
    let share: Share | null = null;
    let ms = 0;
    let state: 'running' | 'away' | 'ended' = 'running';
    let returning: Promise<void> | undefined;
    const releases: (() => void)[] = [];
    const take = (took: number) => {
      ms += took;
      queue.used += took;
    };
    const pause = () => {
      take(share?.end() ?? 0);
      share = null;
    };
    const goOn = () => {
      if (weight > 0) share = this.loopTime.begin(weight);
    };
    return {
      caller,
      bytes,
      paid: 0,
      price: (cost) => {
        pause();
        weight = cost;
        if (state === 'running') goOn();
      },
      alone: (work) => this.loopTime.alone(work, take),
      leave: () => {
        if (state !== 'running') return;
        state = 'away';
        pause();
        this.park(queue, 1);
        this.exit(queue);
      },
      back: () => {
        if (state !== 'away') return undefined;
        returning ??= this.wait(queue, { bytes: 0, wanted: () => true, begun: true }, reader)
          .then(() => {
            if (state === 'ended') return this.exit(queue);
            this.park(queue, -1);
            state = 'running';
            goOn();
          })
          .finally(() => (returning = undefined));
        return returning;
      },
      unlessAborted: (work) => reader.unlessAborted(work),
      onEnd: (release) => void (state === 'ended' ? release() : releases.push(release)),
      end: () => {
        if (state === 'ended') return 0;
        pause();
        if (state === 'running') this.exit(queue);
        else this.park(queue, -1);
        state = 'ended';
        for (const release of releases) release();
        this.hold(queue, -bytes);
        this.close(queue);
        return ms + reader.databaseMs;
      },
    };
  }

  private exit(queue: Queue): void {
    queue.running -= 1;
    this.running -= 1;
    if (queue.stranger) this.strangersRunning -= 1;
    this.beginSoon();
  }

  /** In the next turn of the event loop, as many as fit into its time: sockets, timers and the feed come in between. */
  private beginSoon(): void {
    if (this.soon || this.waiting === 0 || this.running >= this.limits.operations) return;
    this.soon = true;
    setImmediate(() => {
      const until = performance.now() + TURN_MS;
      const next = () => {
        const isOver = performance.now() >= until;
        // A tick comes when all that the operation does at once has been done.
        if (!isOver && this.beginNext()) return queueMicrotask(() => process.nextTick(next));
        this.soon = false;
        if (isOver) this.beginSoon();
      };
      next();
    });
  }

  private beginNext(): boolean {
    for (let queue = this.nextQueue(); queue; queue = this.nextQueue()) {
      const next = this.nextWanted(queue);
      if (!next) continue;
      this.queues.delete(queue.key);
      this.queues.set(queue.key, queue); // of those who have used as much, all others come before its next
      this.clock = queue.used;
      queue.used += BEGINNING_MS;
      queue.running += 1;
      this.running += 1;
      if (queue.stranger) this.strangersRunning += 1;
      next.begin();
      return true;
    }
    return false;
  }

  /** The caller that may begin something and has used least of the main thread. */
  private nextQueue(): Queue | null {
    let least: Queue | null = null;
    for (const queue of this.queues.values()) {
      if (this.mayBegin(queue) && (!least || queue.used < least.used)) least = queue;
    }
    return least;
  }

  /** Takes out what comes next of a caller, without what no client waits for any more. */
  private nextWanted(queue: Queue): Waiting | undefined {
    let next: Waiting | undefined;
    while ((next = queue.waiting[0])) {
      this.remove(queue, next);
      if (next.wanted()) break;
      this.drop(queue, next);
      next.refuse(new NoLongerWanted());
    }
    return next;
  }

  private mayBegin({ stranger, running, waiting, away }: Queue): boolean {
    const [first] = waiting;
    if (!first || running >= this.limits.operationsPerCaller) return false;
    const { parkedPerCaller, parked } = this.limits;
    if (!first.begun && (away >= parkedPerCaller || this.away >= parked)) return false;
    return !stranger || this.strangersRunning < this.limits.operationsOfStrangers;
  }

  /** Refuses the newest operation of the caller with the most, until no more wait, or are about to begin, than allowed. */
  private shed(queue: Queue): void {
    const { operationsPerCaller, operations, heldBytesPerCaller, heldBytes } = this.limits;
    const most = this.limits.waitingPerCaller + operationsPerCaller;
    while (queue.waiting.length + queue.running > most || queue.bytes > heldBytesPerCaller) {
      if (!this.sweep(queue) && !this.refuseNewest(queue)) break;
    }
    const isTooMany = () => this.waiting + this.running > this.limits.waiting + operations;
    while (isTooMany() || this.bytes > heldBytes) {
      const by = isTooMany() ? (each: Queue) => each.waiting.length : (each: Queue) => each.bytes;
      let heaviest = queue;
      for (const each of this.queues.values()) if (by(each) > by(heaviest)) heaviest = each;
      // What has begun is not refused: then who came last is.
      if (!this.sweep(heaviest) && !this.refuseNewest(heaviest) && !this.refuseNewest(queue)) break;
    }
  }

  /** Drops what no client waits for any more. @returns whether there was any. */
  private sweep(queue: Queue): boolean {
    const dropped = queue.waiting.filter(({ wanted }) => !wanted());
    for (const each of dropped) {
      this.drop(queue, each);
      each.refuse(new NoLongerWanted());
    }
    return dropped.length > 0;
  }

  private refuseNewest(queue: Queue): boolean {
    const newest = queue.waiting.at(-1);
    if (!newest || newest.begun) return false;
    this.drop(queue, newest);
    newest.refuse(tooMuchWaits());
    return true;
  }

  /** Takes out what will not begin. */
  private drop(queue: Queue, entry: Waiting): void {
    this.remove(queue, entry);
    this.hold(queue, -entry.bytes);
    entry.bytes = 0;
  }

  private remove(queue: Queue, entry: Waiting): void {
    const at = queue.waiting.indexOf(entry);
    if (at < 0) return;
    queue.waiting.splice(at, 1);
    this.waiting -= 1;
  }

  private park(queue: Queue, by: 1 | -1): void {
    queue.away += by;
    this.away += by;
    if (by < 0) this.beginSoon();
  }

  /** Counts what a request takes in memory, from its arrival to its end. */
  private hold(queue: Queue, bytes: number): void {
    queue.bytes += bytes;
    this.bytes += bytes;
  }

  private close(queue: Queue): void {
    queue.open -= 1;
    if (queue.open === 0) this.queues.delete(queue.key);
  }
}

function tooMuchWaits() {
  return apiError(
    'RATE_LIMITED',
    'More operations wait than the server can run, and most of them are yours: ask again shortly, for fewer at a time.',
    {
      limit: 'waiting',
      retryAfter: RETRY.turn,
      http: { status: 429, headers: new Map([['retry-after', String(RETRY.turn)]]) },
    },
  );
}
