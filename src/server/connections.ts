// What do sockets and streams share? They are counted by caller, told cursors, checked again, and end with their token.
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { callerKey } from '../access/caller';
import type { Services } from '../operation/context';
import { eventsOf } from '../events/catalogue';
import { TooSlow } from '../events/follower';
import { isAway } from '../database/away';
import { Permits } from '../database/turns';
import type { Limits } from '../config/limits';
import { apiError } from '../graphql/errors';
import { stoppable } from '../lib/stoppable';
import { Tally } from '../lib/tally';
import {
  asGraphQLError,
  type Carrier,
  type Priced,
  type Results,
  type Shown,
  subscribe,
} from './subscription';
import { Told } from './told';

const LONGEST_TIMER = 2 ** 31 - 1;
/** How many expensive events are made at a time. */
const HEAVY_EVENTS = 2;

/** What a subscription counts beside its request, so that small ones are bounded in number. */
const SUBSCRIPTION_BYTES = 2_048;
/** When another of the caller's subscriptions may have ended; nobody knows. */
const RETRY_SECONDS = 10;

/** Events after which somebody may have lost a right. */
const RIGHTS_MOVED = eventsOf('role', 'assignment', 'official');

/** What carries the subscriptions of one caller. */
export interface Connection extends Carrier {
  /** Subscriptions that are about to run. */
  joining: number;
  /** Says that the connection lives and, with a cursor, how far its client has been told everything. */
  ping(cursor: string | undefined): void;
  /** Ends it because its token has expired. */
  expire(): void;
  /** Ends it because its client reads too slowly. */
  outrun(): void;
  /** Ends it because the database cannot be reached, in such a way that its client comes back by itself. */
  cutOff(): void;
}

export interface ConnectionsOptions {
  services: Services;
  logger: Logger;
  limits: Pick<Limits, 'socketsPerCaller' | 'followedBytesOfCaller' | 'followedBytesOfAll'>;
  pingMs: number;
}

/** All open connections. */
export class Connections {
  /** For the carriers: what is being shown. */
  readonly showing = new Map<string, Promise<Shown>>();
  readonly heavyEvents = new Permits(HEAVY_EVENTS);
  private readonly open = new Set<Connection>();
  private readonly openOf = new Map<string, number>();
  /** Bytes of the subscriptions that last. */
  private readonly followed: Tally;
  private readonly leaving = new Set<Promise<unknown>>();
  private readonly stopHearing: () => void;

  constructor(private readonly options: ConnectionsOptions) {
    const { followedBytesOfCaller, followedBytesOfAll } = options.limits;
    this.followed = new Tally(followedBytesOfCaller, followedBytesOfAll);
    const checkAll = () => this.open.forEach((connection) => this.checkAgain(connection));
    this.stopHearing = options.services.feed.listen(({ name }) => {
      if (RIGHTS_MOVED.has(name)) checkAll();
    }, checkAll);
  }

  /**
   * Looks after a connection from now on.
   * @returns what to call when it has closed; null when its caller holds as many as they may.
   */
  add(connection: Connection): (() => void) | null {
    const key = callerKey(connection.caller);
    const held = this.openOf.get(key) ?? 0;
    if (held >= this.options.limits.socketsPerCaller) return null;
    this.openOf.set(key, held + 1);
    this.open.add(connection);
    const pings = setInterval(() => {
      connection.ping(this.cursorFor(connection));
      this.checkAgain(connection); // a role may also have come to its last day
    }, this.options.pingMs);
    const { identity } = connection.caller;
    const callOff = identity && expireAt(identity.expiresAt, () => connection.expire());
    return () => {
      const left = this.openOf.get(key)! - 1;
      if (left > 0) this.openOf.set(key, left);
      else this.openOf.delete(key);
      this.open.delete(connection);
      clearInterval(pings);
      callOff?.();
    };
  }

  /**
   * Subscribes, unless the caller may not; a subscriber that is too slow loses its connection.
   * @param lastEventId as in subscribe().
   */
  async subscribe(
    args: Priced,
    connection: Connection,
    lastEventId?: string,
  ): Promise<Results | ExecutionResult> {
    const taken = this.followed.take(callerKey(connection.caller), SUBSCRIPTION_BYTES + args.bytes);
    if (!taken) return { errors: [tooMuchFollowed()] };
    const forget = taken;
    connection.joining += 1;
    const results = await subscribe(args, connection, lastEventId).finally(() => (connection.joining -= 1));
    if (!(Symbol.asyncIterator in results)) {
      forget();
      if (results.errors?.some(isAway)) connection.cutOff();
      return results;
    }

    const cutOff = (error: unknown) => {
      this.options.logger.error({ err: error }, 'the database cannot be reached');
      connection.cutOff();
    };
    async function* run(): AsyncGenerator<Told, void> {
      try {
        yield* results as Results;
      } catch (error) {
        if (error instanceof TooSlow) connection.outrun();
        else if (isAway(error)) cutOff(error);
        else yield new Told(connection.present, { errors: [asGraphQLError(error)] }, args.cost);
      } finally {
        forget();
      }
    }
    const shown = stoppable(run(), () => results.return?.());
    const followed: Results = {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => shown.next(),
      return: () => {
        forget(); // a generator that was never asked for anything does not run its finally
        const left = this.leave(shown).finally(() => this.leaving.delete(left));
        this.leaving.add(left);
        return left;
      },
    };
    return followed;
  }

  /** Checks nothing again from now on. */
  stop(): void {
    this.stopHearing();
  }

  /** When every subscription that was left has given back what it read with; the database must stay until then. */
  async settled(): Promise<void> {
    await Promise.all(this.leaving);
  }

  /** Nobody hears how a subscription ends with its connection. */
  private async leave(results: Results): Promise<IteratorResult<Told, void>> {
    try {
      await results.return?.();
    } catch (error) {
      this.options.logger.error({ err: error }, 'a subscription did not end well');
    }
    return { done: true, value: undefined };
  }

  /**
   * How far the client has seen everything that concerns it, so that a quiet filter moves on, too. Until all its
   * subscriptions are in place nothing is told: the client would resume past what is still to be replayed.
   */
  private cursorFor({ running, joining }: Connection): string | undefined {
    const followed = [...running].filter(({ follower }) => follower);
    if (followed.length === 0 || joining > 0) return undefined;
    const shown = Math.max(...followed.map((each) => each.shown ?? 0));
    return this.options.services.feed.cursorFor(
      followed.map(({ follower }) => follower!),
      shown,
    );
  }

  private checkAgain(connection: Connection): void {
    void recheck(connection).catch((error: unknown) => {
      // Nothing is shown meanwhile, and the feed says so once: not each of thousands of connections at each ping.
      if (!isAway(error)) this.options.logger.error({ err: error }, 'checking rights failed');
    });
  }
}

function tooMuchFollowed(): GraphQLError {
  return apiError(
    'RATE_LIMITED',
    'More subscriptions are open than the server can hold, or you may: complete some, or shorten their lists.',
    { limit: 'followedBytesOfCaller', retryAfter: RETRY_SECONDS },
  );
}

/** Checks every subscription again, with the rights of the moment. */
async function recheck(connection: Connection): Promise<void> {
  if (connection.running.size === 0) return;
  const context = await connection.openContext();
  try {
    await Promise.all([...connection.running].map((each) => each.recheck(context)));
  } finally {
    await context.end();
  }
}

/** Ends something at an instant, however far away. @returns how to call it off. */
function expireAt(instant: Date, end: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = instant.getTime() - Date.now();
    timer = left > LONGEST_TIMER ? setTimeout(wait, LONGEST_TIMER) : setTimeout(end, left);
  };
  wait();
  return () => clearTimeout(timer);
}
