// A result as it leaves the server over a socket or stream: presented and encoded as JSON once, however many share it.
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Holding, Ledger } from './ledger';
import { type Present, presentResult } from './present';

/** How the bytes are accounted to one caller: once, however many of the caller's connections have not sent them yet. */
interface Pin {
  holding: Holding;
  ends: Set<() => void>;
}

export class EncodedResult {
  readonly errors: readonly GraphQLFormattedError[] | undefined;
  /** The JSON, and the closing brace of the message whose last part it is. */
  private readonly bytes: Buffer;
  private readonly pins = new Map<string, Pin>();

  /** @param cost the price of the operation, sent beside each result; null when it is not known. */
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
   * Accounts the bytes to a caller while they wait in the buffer of a connection.
   * @param end closes the connection when the memory is needed.
   * @returns what to call once they no longer wait.
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
