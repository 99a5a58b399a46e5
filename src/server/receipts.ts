// Receipts: up to where clients have acknowledged the subscriptions of their sockets, kept for when they reconnect.
import type { Feed } from '../events/feed';

/** Some 4 MB. One that is dropped costs its client events that it has already, and none that it has not. */
const MOST_KEPT = 10_000;
/** Of one caller, so that nobody drops those of others by subscribing on and on. */
const MOST_OF_CALLER = 1_000;
/** An id that no other subscription will have, as graphql-ws makes them; others count from 1 with every connection. */
const UNIQUE = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What is remembered of the socket that carries a subscription; the socket itself is let go of with its client. */
export interface Carrier {
  /** How many subscriptions to events it has carried so far. */
  carried: number;
  /** The newest cursor that its client said to have received when it was opened. */
  readonly said: string | null;
  /** Sequence number up to which events may have been sent over it. */
  after: number;
}

interface Receipt {
  cursor: string;
  carrier: Carrier;
}

/** What was acknowledged, for all sockets of a server. */
export class Receipts {
  /** By caller and id of the subscription; of both, what changed last stands last. */
  private readonly kept = new Map<string, Map<string, Receipt>>();
  private size = 0;

  constructor(private readonly feed: Feed) {}

  /** Notes where a subscription has begun, and on which socket. @returns false for an id that may be used again. */
  begin(caller: string, id: string, cursor: string, carrier: Carrier): boolean {
    if (!UNIQUE.test(id)) return false;
    this.keep(caller, id, { cursor, carrier });
    if (this.kept.get(caller)!.size > MOST_OF_CALLER) this.dropOldest(caller);
    if (this.size > MOST_KEPT) this.dropOldest(this.kept.keys().next().value!);
    return true;
  }

  /** Notes that a client has received everything of a subscription up to a cursor; heeded of its last socket only. */
  acknowledge(caller: string, id: string, cursor: string, carrier: Carrier): void {
    const receipt = this.kept.get(caller)?.get(id);
    if (receipt?.carrier !== carrier) return;
    const [before, place] = [this.placeOf(receipt.cursor), this.placeOf(cursor)];
    if (before !== null && place !== null && place > before) this.keep(caller, id, { cursor, carrier });
  }

  /**
   * What a client has received of a subscription that it sends again.
   * @param said the newest cursor that it has received, as it says without naming a subscription. It is heeded only
   *   where it can come from no other: the last socket carried this one alone, and has sent as much since it was opened.
   * @returns null when nothing is known of it.
   */
  of(caller: string, id: string, said: string | null): string | null {
    const receipt = this.kept.get(caller)?.get(id);
    const known = receipt ? this.placeOf(receipt.cursor) : null;
    if (!receipt || known === null) return null;
    const { carried, said: saidBefore, after } = receipt.carrier;
    const place = said !== null && said !== saidBefore && carried === 1 ? this.placeOf(said) : null;
    return place !== null && place > known && place <= after ? said : receipt.cursor;
  }

  private keep(caller: string, id: string, receipt: Receipt): void {
    const own = this.kept.get(caller) ?? new Map<string, Receipt>();
    this.size += own.delete(id) ? 0 : 1;
    own.set(id, receipt);
    this.kept.delete(caller);
    this.kept.set(caller, own);
  }

  private dropOldest(caller: string): void {
    const own = this.kept.get(caller)!;
    own.delete(own.keys().next().value!);
    this.size -= 1;
    if (own.size === 0) this.kept.delete(caller);
  }

  /** Null for a cursor of another log. */
  private placeOf(cursor: string): number | null {
    try {
      return this.feed.seqOf(cursor);
    } catch {
      return null;
    }
  }
}
