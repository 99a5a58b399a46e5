// Waiting for conditions without polling: checked again after each signal, and failing after a timeout.

export class Progress {
  private readonly waiting = new Set<() => void>();

  /** Signals that something happened, so that conditions are checked. */
  tell(): void {
    for (const look of this.waiting) look();
  }

  /** Waits for a condition. @param what describes the condition and the present state. @throws Error when it is late. */
  until(holds: () => boolean, ms: number, what: () => string): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
      };
      const look = (): void => {
        if (!holds()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`Waited ${ms / 1_000} s in vain: ${what()}`));
      }, ms);
      this.waiting.add(look);
    });
  }
}

/** A promise with a timeout. @throws Error when it is late. */
export async function inTime<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms / 1_000} s in vain: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
