// Reconnect backoff: exponential with random jitter, so that a thousand clients of one server do not reconnect at once.

export interface Delays {
  firstMs: number;
  longestMs: number;
}

/**
 * Waits a random time up to a limit that doubles with each attempt, but at least as long as the server asked for.
 * @param signal aborts the wait.
 */
export function waitFor(
  attempt: number,
  { firstMs = 500, longestMs = 30_000, leastMs = 0 }: Partial<Delays> & { leastMs?: number },
  signal: AbortSignal,
): Promise<void> {
  const delay = leastMs + Math.random() * Math.min(longestMs, firstMs * 2 ** attempt);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delay);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
