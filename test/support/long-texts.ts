// Detects work on long texts in this process: normalising, matching, hashing, encoding or quoting one. A server that
// refuses a text by its length alone does none of it, which a clock could only guess.
import { Hash } from 'node:crypto';
import { newId } from '../../src/lib/ids';

/** A text that begins with it is one of a test's own. */
export const MARKER = 'canbo-long ';

export interface Heard {
  work: string;
  length: number;
}

/**
 * @param most how long a text may be that is worked on.
 * @returns what was heard so far, and how to stop.
 */
export function hearWorkOnTextsOver(most: number): { heard: Heard[]; stop(): void } {
  // The server runs in Node itself, and Jest's tests in a world with texts of its own.
  const world = (newId.constructor as FunctionConstructor)('return globalThis')() as typeof globalThis;
  const heard: Heard[] = [];
  const stops = [
    hear(world.String.prototype, 'normalize', 'this'),
    hear(world.String.prototype, 'toLowerCase', 'this'),
    hear(world.RegExp.prototype, 'exec', 'argument'),
    hear(world.Buffer, 'from', 'argument'),
    hear(world.JSON, 'stringify', 'argument'),
    hear(Hash.prototype, 'update', 'argument'),
  ];
  return { heard, stop: () => stops.forEach((stop) => stop()) };

  function hear(owner: object, work: string, where: 'this' | 'argument'): () => void {
    const original = Reflect.get(owner, work) as (...args: unknown[]) => unknown;
    Reflect.set(owner, work, function (this: unknown, ...args: unknown[]): unknown {
      const text = where === 'this' ? this : args[0];
      if (typeof text === 'string' && text.length > most && text.startsWith(MARKER))
        heard.push({ work, length: text.length });
      return Reflect.apply(original, this, args);
    });
    return () => void Reflect.set(owner, work, original);
  }
}
