// What if an answer does not come? Then there is none, and whoever asked goes on.

/** What `work` gives, or null when it takes longer; it is not ended then. */
export async function unlessLate<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
