// Portions: work that arrives many pieces at a time is done for a few milliseconds in each turn of the event loop, senders
// by turns, so that operations, timers and other connections come in between.
import { FairQueue } from '../database/fair-queue';

const TURN_MS = 5;

export class Portions {
  private readonly waiting = new FairQueue<() => void>();
  private count = 0;
  /** Until when there is time in this turn; null when nothing was done in it. */
  private until: number | null = null;

  /** Whether a piece can be done at once: none waits, and there is time. */
  get isFree(): boolean {
    if (this.count > 0) return false;
    if (this.until === null) this.beginTurn();
    return performance.now() < this.until!;
  }

  /** Does a piece as soon as its sender's turn comes. */
  add(sender: string, piece: () => void): void {
    this.count += 1;
    this.waiting.add(sender, piece);
    if (this.until === null) this.beginTurn();
  }

  private beginTurn(): void {
    this.until = performance.now() + TURN_MS;
    setImmediate(() => {
      this.until = null;
      if (this.count === 0) return;
      this.beginTurn();
      this.goOn();
    });
  }

  private goOn(): void {
    if (this.count === 0 || performance.now() >= this.until!) return;
    this.count -= 1;
    this.waiting.take()!();
    // A tick comes when all that the piece does at once has been done.
    queueMicrotask(() => process.nextTick(() => this.goOn()));
  }
}
