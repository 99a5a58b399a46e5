// How does a subscription end while it waits? A generator that awaits does not hear of return() until it wakes.

/** The generator, with a return() that first wakes it through `stop`. */
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
