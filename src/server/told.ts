// A result as it leaves the server over a socket or stream: presented and made into JSON once, however many share it.
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Holding, Ledger } from '../operation/ledger';
import { type Present, presentResult } from '../operation/present';

/** How a result was pinned for one caller: once, however many of the caller's connections have not sent it yet. */
interface Pin {
  holding: Holding;
  ends: Set<() => void>;
}

export class Told {
  readonly errors: readonly GraphQLFormattedError[] | undefined;
  /** The JSON, and the brace that ends the message it is the last part of. */
  private readonly bytes: Buffer;
  private readonly pins = new Map<string, Pin>();

  /** @param cost what the operation cost, which is told beside each result; null when it is not known. */
  constructor(present: Present, result: ExecutionResult, cost: number | null) {
    const presented = presentResult(present, result, cost);
    this.errors = presented.errors;
    this.bytes = Buffer.from(`${JSON.stringify(presented)}}`);
  }

  get json(): Buffer {
    return this.bytes.subarray(0, -1);
  }

  get jsonAndBrace(): Buffer {
    return this.bytes;
  }

  /**
   * It waits in the buffer of a connection.
   * @param end what throws the connection away when the bytes are needed.
   * @returns what to call once it does no longer.
   */
  pin(ledger: Ledger, caller: string, end: () => void): () => void {
    const known = this.pins.get(caller);
    const ends = known?.ends ?? new Set();
    ends.add(end);
    const pin = known ?? {
      ends,
      holding: ledger.wait(caller, this.bytes.length, () => ends.forEach((each) => each())),
    };
    if (!known) this.pins.set(caller, pin);
    return () => {
      ends.delete(end);
      if (ends.size > 0) return;
      pin.holding.release();
      if (this.pins.get(caller) === pin) this.pins.delete(caller);
    };
  }
}
