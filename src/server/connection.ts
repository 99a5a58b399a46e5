// A WebSocket or an SSE stream that carries subscriptions of one caller: what both have in common.
import { callerKey } from '../access/caller';
import type { Follower } from '../events/follower';
import { Reader } from '../graphql/reader';
import { type Caller, Context, type Services } from '../operation/context';

/** A subscription that is being followed. */
export interface Followed {
  /** Its place in the log; null for one that follows no single events. */
  readonly follower: Follower | null;
  /** Sequence number of the event that its last result shows; null when that shows none. */
  readonly shown: number | null;
  /** Ends it with an error unless the caller still may follow it. */
  recheck(context: Context): Promise<void>;
}

export abstract class Connection {
  /** The subscriptions it carries; each is checked again when rights may have changed. */
  readonly running = new Set<Followed>();
  /** How many subscriptions are about to run. */
  joining = 0;
  /** Sequence number of the last event that was sent to its client, which the client must be able to read. */
  after = 0;

  constructor(
    protected readonly services: Services,
    readonly caller: Caller,
  ) {}

  /**
   * A context with the rights that the caller has at this moment.
   * @param after how far the event log must be there to read.
   */
  openContext(after = 0): Promise<Context> {
    this.after = Math.max(this.after, after);
    const reader = new Reader(this.services.database, callerKey(this.caller), this.after);
    return Context.open(this.services, this.caller, reader);
  }

  /** Called once what a subscription had to send has gone, and at its beginning. */
  sent(_subscription: Followed): void {
    // Only sockets ask their clients what they have received.
  }

  /** Called once a subscription has ended, however that came. */
  ended(subscription: Followed): void {
    this.running.delete(subscription);
  }

  /** Says that the connection lives and, with a cursor, up to where its client has received everything. */
  abstract ping(cursor: string | undefined): void;
  /** Ends it because its token has expired. */
  abstract expire(): void;
  /** Ends it because its client reads too slowly. */
  abstract outrun(): void;
  /** Ends it because the database cannot be reached, in such a way that its client reconnects by itself. */
  abstract cutOff(): void;
}
