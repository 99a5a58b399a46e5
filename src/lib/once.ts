// Work that is done at most once.

/** Runs `work` at the first call only: what is selected under several aliases is priced once and done once. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= work());
}
