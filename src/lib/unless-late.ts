// Timeout for a promise: the result, or null when it is late.

/** The result of `work`, or null after `ms` milliseconds; the work is not cancelled. */
export async function unlessLate<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
