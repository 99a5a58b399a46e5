// Time of the main thread per operation: what is spent synchronously on one operation, its parsing and validation, is
// measured; the rest is divided among the operations that run, by their prices. JavaScript does not tell which operation
// a moment belongs to, and async_hooks would slow everything down.
import { performance } from 'node:perf_hooks';

/** One operation that has its share from now on. */
export interface Share {
  /** @returns how many milliseconds were its. */
  end(): number;
}

export class LoopTime {
  private weights = 0;
  /** Milliseconds a weight of 1 has had so far. */
  private each = 0;
  private seen = activeMs();

  begin(weight: number): Share {
    this.tick();
    this.weights += weight;
    const before = this.each;
    let ms: number | null = null;
    return {
      end: () => {
        if (ms !== null) return 0;
        this.tick();
        this.weights -= weight;
        return (ms = (this.each - before) * weight);
      },
    };
  }

  /** Does work at one go, of which nobody else is to bear a share, and says how many milliseconds it took. */
  alone<T>(work: () => T, took: (ms: number) => void): T {
    this.tick();
    const began = performance.now();
    try {
      return work();
    } finally {
      took(performance.now() - began);
      this.seen = activeMs();
    }
  }

  private tick(): void {
    const now = activeMs();
    if (this.weights > 0) this.each += (now - this.seen) / this.weights;
    else this.weights = 0; // what is left over of adding and taking fractions
    this.seen = now;
  }
}

/** How long the event loop has not been idle since the process began. */
function activeMs(): number {
  return performance.eventLoopUtilization().active;
}
