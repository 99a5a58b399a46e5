// All open connections that carry subscriptions: limit per caller, pings with cursors, checks of rights, token expiry.
import type { DocumentNode, ExecutionResult, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { callerKey } from '../access/caller';
import { Permits } from '../database/fair-queue';
import { isAway } from '../database/away';
import type { Limits } from '../config/limits';
import { eventsOf } from '../events/catalogue';
import { apiError, RETRY } from '../graphql/errors';
import { Tally } from '../lib/tally';
import type { Services } from '../operation/context';
import { documentBytes } from '../operation/documents';
import type { Priced } from '../operation/operation';
import type { Present } from '../operation/present';
import type { Connection } from './connection';
import type { Metrics } from './metrics';
import { type Live, type EventOutcome, Subscription } from './subscription';

const LONGEST_TIMER = 2 ** 31 - 1;
/** How many expensive events are made at a time: while one waits for the database, everybody else has the main thread. */
const HEAVY_EVENTS = 1;

/** What a subscription counts beside its request, so that small ones are bounded in number. */
const SUBSCRIPTION_BYTES = 2_048;

/** Events after which a user may have lost a right. */
const RIGHTS_MOVED = eventsOf('role', 'assignment', 'official');

export interface ConnectionsOptions {
  services: Services;
  logger: Logger;
  present: Present;
  metrics: Metrics;
  limits: Pick<Limits, 'socketsPerCaller' | 'followedBytesOfCaller' | 'followedBytesOfAll'>;
  pingMs: number;
}

/** All open connections. */
export class Connections implements Live {
  readonly logger: Logger;
  readonly present: Present;
  readonly metrics: Metrics;
  readonly showing = new Map<string, Promise<EventOutcome>>();
  readonly heavyEvents = new Permits(HEAVY_EVENTS);
  readonly leaving = new Set<Promise<unknown>>();
  private readonly open = new Set<Connection>();
  private readonly openOf = new Map<string, number>();
  /** Bytes of the subscriptions that last. */
  private readonly followed: Tally;
  /** Documents of subscriptions that last; the same one is held once. */
  private readonly documents = new Map<DocumentNode, { holders: number; release: () => void }>();
  private readonly stopHearing: () => void;

  constructor(private readonly options: ConnectionsOptions) {
    ({ logger: this.logger, present: this.present, metrics: this.metrics } = options);
    const { followedBytesOfCaller, followedBytesOfAll } = options.limits;
    this.followed = new Tally(followedBytesOfCaller, followedBytesOfAll);
    const checkAll = () => this.open.forEach((connection) => this.checkAgain(connection));
    this.stopHearing = options.services.feed.listen(({ name }) => {
      if (RIGHTS_MOVED.has(name)) checkAll();
    }, checkAll);
  }

  /**
   * Registers a connection.
   * @returns what to call when it has closed; null when its caller holds as many as are allowed.
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
    const cancel = identity && expireAt(identity.expiresAt, () => connection.expire());
    return () => {
      const left = this.openOf.get(key)! - 1;
      if (left > 0) this.openOf.set(key, left);
      else this.openOf.delete(key);
      this.open.delete(connection);
      clearInterval(pings);
      cancel?.();
    };
  }

  /**
   * Subscribes, unless the caller may not; a connection whose database cannot be reached is cut off.
   * @param received as in Subscription.begin().
   */
  async subscribe(
    args: Priced,
    connection: Connection,
    received: readonly string[] = [],
  ): Promise<Subscription | ExecutionResult> {
    const release = this.holdMemory(connection, args);
    if (!release) return { errors: [tooMuchFollowed()] };
    connection.joining += 1;
    const results = await Subscription.begin(this, connection, args, release, received).finally(
      () => (connection.joining -= 1),
    );
    if (results instanceof Subscription) return results;
    release();
    if (results.errors?.some(isAway)) connection.cutOff();
    return results;
  }

  /** @returns what gives the memory of a subscription back, once; null when there is no room for it. */
  private holdMemory({ caller }: Connection, { bytes, document }: Priced): (() => void) | null {
    const key = callerKey(caller);
    const releaseOwn = this.followed.take(key, SUBSCRIPTION_BYTES + bytes);
    if (!releaseOwn) return null;
    const known = this.documents.get(document);
    const release = known?.release ?? this.followed.take(key, documentBytes(document));
    if (!release) {
      releaseOwn();
      return null;
    }
    const held = known ?? { holders: 0, release };
    this.documents.set(document, held);
    held.holders += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      releaseOwn();
      held.holders -= 1;
      if (held.holders > 0) return;
      held.release();
      this.documents.delete(document);
    };
  }

  /** Checks no rights again from now on. */
  stop(): void {
    this.stopHearing();
  }

  /** Resolves once every subscription that was left has given back what it read with; the database must stay until then. */
  async settled(): Promise<void> {
    await Promise.all(this.leaving);
  }

  /**
   * Up to where the client has seen everything that concerns it, so that a filter that matches little moves on, too.
   * None until all its subscriptions are in place: the client would resume past what is still to be replayed.
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
      // Nothing is shown meanwhile, and the feed logs it once: not each of thousands of connections at each ping.
      if (!isAway(error)) this.logger.error({ err: error }, 'rights check failed');
    });
  }
}

function tooMuchFollowed(): GraphQLError {
  return apiError(
    'RATE_LIMITED',
    'More subscriptions are open than the server can hold, or you may: complete some, or shorten their lists.',
    { limit: 'followedBytesOfCaller', retryAfter: RETRY.end },
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

/** Calls `end` at an instant, however far away. @returns a function that cancels this. */
function expireAt(instant: Date, end: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = instant.getTime() - Date.now();
    timer = left > LONGEST_TIMER ? setTimeout(wait, LONGEST_TIMER) : setTimeout(end, left);
  };
  wait();
  return () => clearTimeout(timer);
}
