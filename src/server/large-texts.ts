// Large bodies and messages: parsed one at a time, callers by turns, and at their expense, because a megabyte of JSON with
// many names holds the event loop for as long as a hundred small operations.
import { callerKey } from '../access/caller';
import { Permits } from '../database/fair-queue';
import type { Admission } from '../operation/admission';
import type { Caller } from '../operation/context';

/** From which size on a text waits for its turn: requests of usual clients are shorter, and parsed in a millisecond. */
export const LARGE_BYTES = 16_384;

export class LargeTexts {
  private readonly permits = new Permits(1);

  constructor(private readonly admission: Admission) {}

  /**
   * Waits for the caller's turn, and parses.
   * @throws RATE_LIMITED for a caller whose budget is overdrawn, and what the parsing throws.
   */
  async parse<T>(caller: Caller, parse: () => T): Promise<T> {
    const release = await this.permits.enter(callerKey(caller));
    const began = performance.now();
    try {
      this.admission.assertSolvent(caller);
      return parse();
    } finally {
      const ms = performance.now() - began;
      this.admission.settle(caller, ms);
      setTimeout(release, ms); // as long again belongs to everybody else
    }
  }
}
