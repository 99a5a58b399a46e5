// Receipts: up to where clients have acknowledged the subscriptions of their sockets, kept for when they reconnect.
import type { Feed } from '../events/feed';

/** Some 4 MB. One that is dropped costs its client events that it has already, and none that it has not. */
const MOST_KEPT = 10_000;
/** An id that no other subscription will have, as graphql-ws makes them; others count from 1 with every connection. */
const UNIQUE = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The socket that carries a subscription. */
export interface Carrier {
  /** How many subscriptions to events it has carried so far. */
  readonly carried: number;
  /** The newest cursor that its client said to have received when it was opened. */
  readonly said: string | null;
  /** Sequence number up to which events may have been sent over it. */
  readonly after: number;
}

interface Receipt {
  cursor: string;
  carrier: Carrier;
}

/** What was acknowledged, for all sockets of a server. */
export class Receipts {
  /** By caller and id of the subscription; the one that changed last stands last. */
  private readonly kept = new Map<string, Receipt>();

  constructor(private readonly feed: Feed) {}

  /** Notes where a subscription has begun, and on which socket. @returns false for an id that may be used again. */
  begin(caller: string, id: string, cursor: string, carrier: Carrier): boolean {
    if (!UNIQUE.test(id)) return false;
    this.keep(keyOf(caller, id), { cursor, carrier });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT) this.kept.delete(oldest!);
    return true;
  }

  /** Notes that a client has received everything of a subscription up to a cursor; heeded of its last socket only. */
  acknowledge(caller: string, id: string, cursor: string, carrier: Carrier): void {
    const key = keyOf(caller, id);
    const receipt = this.kept.get(key);
    if (receipt?.carrier !== carrier) return;
    const [before, place] = [this.placeOf(receipt.cursor), this.placeOf(cursor)];
    if (before !== null && place !== null && place > before) this.keep(key, { cursor, carrier });
  }

  /**
   * What a client has received of a subscription that it sends again.
   * @param said the newest cursor that it has received, as it says without naming a subscription. It is heeded only
   *   where it can come from no other: the last socket carried this one alone, and has sent as much since it was opened.
   * @returns null when nothing is known of it.
   */
  of(caller: string, id: string, said: string | null): string | null {
    const receipt = this.kept.get(keyOf(caller, id));
    const known = receipt ? this.placeOf(receipt.cursor) : null;
    if (!receipt || known === null) return null;
    const { carried, said: saidBefore, after } = receipt.carrier;
    const place = said !== null && said !== saidBefore && carried === 1 ? this.placeOf(said) : null;
    return place !== null && place > known && place <= after ? said : receipt.cursor;
  }

  private keep(key: string, receipt: Receipt): void {
    this.kept.delete(key);
    this.kept.set(key, receipt);
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

const keyOf = (caller: string, id: string) => `${caller} ${id}`;
