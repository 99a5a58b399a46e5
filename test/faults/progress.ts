// Has it happened yet? Conditions that are looked at again whenever something happened, and fail loudly when late.

export class Progress {
  private readonly waiting = new Set<() => void>();

  /** Says that something happened. */
  tell(): void {
    for (const look of this.waiting) look();
  }

  /** @throws when the condition does not hold in time; `what` says what was waited for, as it then is. */
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

/** Fails when a promise takes longer. */
export async function inTime<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms / 1_000} s in vain: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
