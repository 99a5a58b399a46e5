// A value that React components follow: what they read is the latest, and a change draws them again.
import { useSyncExternalStore } from 'react';

export class Store<T> {
  private readonly hearers = new Set<() => void>();

  constructor(private held: T) {}

  get value(): T {
    return this.held;
  }

  set(value: T): void {
    this.held = value;
    this.hearers.forEach((hear) => hear());
  }

  readonly follow = (hear: () => void): (() => void) => {
    this.hearers.add(hear);
    return () => void this.hearers.delete(hear);
  };
}

/** @returns the latest value of a store. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.follow, () => store.value);
}
