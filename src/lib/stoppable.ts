// Stoppable async generator: return() wakes a generator that awaits, which would otherwise handle it only afterwards.

/** Wraps a generator so that return() first calls `stop` to wake it. */
export function stoppable<T>(
  generator: AsyncGenerator<T, void>,
  stop: () => unknown,
): AsyncIterableIterator<T> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => generator.next(),
    return: async () => {
      await stop();
      return generator.return();
    },
  };
}
