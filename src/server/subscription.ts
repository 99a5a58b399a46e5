// One running subscription: the iterator of its results. It owns the source of its events, checks rights before each
// result, counts what it delivers, and ends in one place, whatever the reason.
import { createSourceEventStream, execute, type ExecutionResult, type GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { authorizeSubscription } from '../access/gate';
import { callerKey } from '../access/caller';
import type { Permits } from '../database/fair-queue';
import { isAway } from '../database/away';
import type { LoggedEvent } from '../events/event.entity';
import { Follower, TooSlow } from '../events/follower';
import { apiError, saidIn } from '../graphql/errors';
import type { Context } from '../operation/context';
import { EncodedResult } from '../operation/encoded-result';
import type { Priced } from '../operation/operation';
import { asGraphQLError, type Present } from '../operation/present';
import type { Connection, Followed } from './connection';
import type { Metrics } from './metrics';
import { kindOf, resumed, type Root, rootOf } from './subscription-document';

/** Price beyond which an event is made by turns: each takes some milliseconds, and one change may have hundreds. */
const HEAVY_EVENT = 300;

/** What one event comes to: a result, or why it is not shown and the subscription ends. */
export type EventOutcome = { result: EncodedResult } | { refusal: GraphQLError };

/** What all subscriptions of a server share. */
export interface Live {
  readonly present: Present;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Events that are being shown this moment, to all connections of the server, by event and kind of subscription. */
  readonly showing: Map<string, Promise<EventOutcome>>;
  /** Turns of expensive events, of which only a few are made at a time for all connections. */
  readonly heavyEvents: Permits;
  /** Subscriptions that were left and have not given back yet what they read with. */
  readonly leaving: Set<Promise<unknown>>;
}

const DONE = { done: true, value: undefined } as const;

/** For one consumer, which asks for the next result after it has taken the one before. */
export class Subscription implements AsyncIterableIterator<EncodedResult>, Followed {
  readonly follower: Follower | null;
  shown: number | null = null;
  private readonly counted: ReturnType<Metrics['following']>;
  /** Why the caller may follow it no longer. */
  private refusal: GraphQLError | null = null;
  private context: Context | null = null;
  private pending: Promise<unknown> = Promise.resolve();
  /** The consumer wants no more results. */
  private left = false;
  private ended = false;

  private constructor(
    private readonly live: Live,
    private readonly connection: Connection,
    private readonly args: Priced,
    private readonly root: Root,
    /** The same for all subscriptions with the same results. */
    private readonly kind: string,
    private readonly source: AsyncIterator<unknown>,
    private readonly release: () => void,
  ) {
    this.follower = source instanceof Follower ? source : null;
    this.counted = live.metrics.following(root.field.name);
    connection.running.add(this);
  }

  /**
   * Subscribes.
   * @param release is called once it has ended.
   * @param received cursors that its client has received; it resumes after the newest of them and of its own `after`.
   * @returns the subscription, or errors when it was refused.
   */
  static async begin(
    live: Live,
    connection: Connection,
    sent: Priced,
    release: () => void,
    received: readonly string[],
  ): Promise<Subscription | ExecutionResult> {
    let begun: Subscription | null = null;
    try {
      const context = await connection.openContext();
      try {
        const root = rootOf(sent);
        const args = resumed(sent, root, received);
        await authorizeSubscription(root.field, root.args, context);
        const source = await createSourceEventStream({ ...args, contextValue: context });
        if (!(Symbol.asyncIterator in source)) return source;
        const kind = kindOf(sent, root, connection.caller);
        begun = new Subscription(live, connection, args, root, kind, source[Symbol.asyncIterator](), release);
      } finally {
        await context.end();
      }
      return begun;
    } catch (error) {
      await begun?.return();
      return { errors: [asGraphQLError(error)] };
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Asking for the next result says that the one before has been sent. */
  next(): Promise<IteratorResult<EncodedResult, undefined>> {
    const result = this.advance();
    this.pending = result;
    this.connection.sent(this);
    return result;
  }

  /** Ends it from outside. Resolves once everything it has read with was given back. */
  async return(): Promise<IteratorResult<EncodedResult, undefined>> {
    const { leaving, logger } = this.live;
    const left = this.leaveOff()
      .catch((error: unknown) => logger.error({ err: error }, 'subscription did not end cleanly'))
      .finally(() => leaving.delete(left));
    leaving.add(left);
    await left;
    return DONE;
  }

  private async leaveOff(): Promise<void> {
    this.left = true;
    this.leave();
    this.abortUnshared();
    await this.source.return?.(); // wakes it where it waits for the next event
    await this.pending;
  }

  async recheck(context: Context): Promise<void> {
    this.refusal ??= await this.refusalNow(context);
    if (this.refusal) await this.source.return?.();
  }

  /** Never rejects: however the source or an event fails, the consumer is given a last result or none. */
  private async advance(): Promise<IteratorResult<EncodedResult, undefined>> {
    if (this.ended) return DONE;
    try {
      const { done, value: event } = (await this.source.next()) as IteratorResult<unknown, unknown>;
      const shown = done || this.refusal ? null : await this.show(event);
      if (shown && 'refusal' in shown) this.refusal ??= shown.refusal;
      if (this.refusal) return await this.end(this.refusal); // perhaps a right was lost while the event was shown
      if (!shown || 'refusal' in shown || this.left) return await this.end();
      if (this.follower) this.shown = (event as LoggedEvent).seq;
      this.counted.delivered();
      return { done: false, value: shown.result };
    } catch (error) {
      return this.fail(error);
    }
  }

  /** Ends it from inside. @param error for the last result, where there is one. */
  private async end(error?: GraphQLError): Promise<IteratorResult<EncodedResult, undefined>> {
    this.ended = true;
    try {
      await this.source.return?.();
    } finally {
      this.shown = null; // the event at which it was refused was not shown
      this.leave();
    }
    if (!error || this.left) return DONE;
    return {
      done: false,
      value: new EncodedResult(this.live.present, { errors: [this.said(error)] }, this.args.cost),
    };
  }

  private async fail(error: unknown): Promise<IteratorResult<EncodedResult, undefined>> {
    const { connection, live, left } = this;
    const tellsClient = !left && !(error instanceof TooSlow) && !isAway(error);
    const last = await this.end(tellsClient ? asGraphQLError(error) : undefined).catch(() => DONE);
    if (left || tellsClient) return last;
    if (error instanceof TooSlow) connection.outrun();
    else {
      live.logger.error({ err: error }, 'database unreachable, closing connection');
      connection.cutOff();
    }
    return last;
  }

  private leave(): void {
    if (!this.connection.running.has(this)) return;
    this.connection.ended(this);
    this.counted.ended();
    this.release();
  }

  /** Stops counting figures that are no longer waited for; the result of an event may be for others, too. */
  private abortUnshared(): void {
    if (this.left && !this.follower) {
      this.context?.reader.abort(apiError('BAD_REQUEST', 'The subscriber has gone away.'));
    }
  }

  private show(event: unknown): Promise<EventOutcome> {
    return this.follower ? this.showOnce(event as LoggedEvent) : this.showNow(event);
  }

  /**
   * Shows an event once to all subscriptions of its kind that have come to it together, as those that wait for news do.
   * Nothing is kept beyond that moment: one that comes later sees the record, and has the rights, of later.
   */
  private showOnce(event: LoggedEvent): Promise<EventOutcome> {
    const { connection } = this;
    const { showing } = this.live;
    if (connection.after > event.seq) return this.showByTurns(event); // it reads its own writes, which a replica may not have yet
    connection.after = event.seq;
    const key = `${event.seq} ${this.kind}`;
    const underWay = showing.get(key);
    if (underWay) return underWay;
    const shown = this.showByTurns(event).finally(() => showing.delete(key));
    showing.set(key, shown);
    return shown;
  }

  private async showByTurns(event: LoggedEvent): Promise<EventOutcome> {
    if ((this.args.cost ?? 0) <= HEAVY_EVENT) return this.showNow(event);
    const done = await this.live.heavyEvents.enter(callerKey(this.connection.caller));
    return this.showNow(event).finally(done);
  }

  private async showNow(event: unknown): Promise<EventOutcome> {
    const context = await this.connection.openContext((event as LoggedEvent | null)?.seq);
    this.context = context;
    this.abortUnshared();
    try {
      const refusal = await this.refusalNow(context);
      if (refusal) return { refusal };
      context.answer.ofEvent();
      const result = await execute({ ...this.args, rootValue: event, contextValue: context });
      const { failure } = context.answer;
      // The caller's unread answers fill its share of memory: each subscription is to resume from where it was.
      if (failure?.extensions.code === 'RATE_LIMITED') throw new TooSlow();
      if (failure) return { refusal: failure };
      // A client that passes over an answer without data would have missed an event.
      const away = result.errors?.find(isAway);
      if (away) throw away;
      const errors = result.errors?.map((error) => this.said(error));
      const said = errors ? { ...result, errors } : result;
      return { result: new EncodedResult(this.live.present, said, this.args.cost) };
    } finally {
      this.context = null;
      // Before it is sent: a few subscribers that do not read would hold all connections, and the log of SQLite.
      await context.end();
    }
  }

  /** An error in the language of the caller. */
  private said(error: GraphQLError): GraphQLError {
    return saidIn(this.connection.caller.locale, error);
  }

  /** Why the caller may not follow it now, or null. @throws when the database is away: then nothing is known. */
  private async refusalNow(context: Context): Promise<GraphQLError | null> {
    try {
      await authorizeSubscription(this.root.field, this.root.args, context);
      return null;
    } catch (error) {
      if (isAway(error)) throw error;
      return asGraphQLError(error);
    }
  }
}
