// Status of the connection, as something that a page can show and be told of.

/** How the connection is. Times are those of the machine that it runs on. */
export type Status =
  /** Nothing is followed, or the first connection is being made. */
  | { readonly state: 'idle' | 'connecting' }
  | { readonly state: 'live' }
  /** What is shown may be out of date since then. */
  | { readonly state: 'reconnecting'; readonly since: Date }
  /** Connected again: so many events that were missed have come since. It is live with the next ping of the server. */
  | { readonly state: 'caught up'; readonly events: number }
  /** The server refuses, and will again. */
  | { readonly state: 'refused'; readonly why: string };

/** A value that can be read and watched. */
export interface Observable<T> {
  readonly current: T;
  /** Calls the listener with the current value, and with each later one. @returns what ends this. */
  subscribe(listener: (value: T) => void): () => void;
}

/** An observable that its owner sets. */
export class Watched<T> implements Observable<T> {
  private readonly listeners = new Set<(value: T) => void>();

  constructor(public current: T) {}

  set(value: T): void {
    this.current = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  subscribe(listener: (value: T) => void): () => void {
    const own = (value: T) => listener(value);
    this.listeners.add(own);
    own(this.current);
    return () => void this.listeners.delete(own);
  }
}
