// Listener index of the feed: an event is offered only to the listeners for its name and cohort, not to all.
import type { LoggedEvent } from './event.entity';

export type Listener = (event: LoggedEvent) => void;

/** A coarse filter of the events a listener wants; the listener itself checks the rest. */
export interface Interest {
  names: ReadonlySet<string>;
  /** Null for events of all cohorts, and of none. */
  cohortIds: ReadonlySet<string> | null;
}

/** Listeners for the same set of names. */
interface Group {
  /** Null for all names. */
  names: ReadonlySet<string> | null;
  ofAny: Set<Listener>;
  ofCohort: Map<string, Set<Listener>>;
}

/** Listeners by event name and cohort. */
export class Listeners {
  private readonly groups = new Map<string, Group>();

  /** Adds a listener. @param interest null for all events. @returns a function that removes it. */
  add(listener: Listener, interest: Interest | null): () => void {
    const key = interest ? [...interest.names].sort().join(' ') : '*';
    const group = this.groups.get(key) ?? {
      names: interest?.names ?? null,
      ofAny: new Set(),
      ofCohort: new Map<string, Set<Listener>>(),
    };
    this.groups.set(key, group);
    const cohortIds = interest?.cohortIds;
    if (cohortIds) {
      for (const id of cohortIds) {
        const own = group.ofCohort.get(id);
        if (own) own.add(listener);
        else group.ofCohort.set(id, new Set([listener]));
      }
    } else group.ofAny.add(listener);
    return () => {
      group.ofAny.delete(listener);
      for (const id of cohortIds ?? []) {
        group.ofCohort.get(id)?.delete(listener);
        if (group.ofCohort.get(id)?.size === 0) group.ofCohort.delete(id);
      }
      const empty = group.ofAny.size === 0 && group.ofCohort.size === 0;
      if (empty && this.groups.get(key) === group) this.groups.delete(key);
    };
  }

  /** The listeners for an event, each once; listeners may be added and removed during the iteration. */
  *of(event: LoggedEvent): Generator<Listener, void> {
    for (const { names, ofAny, ofCohort } of this.groups.values()) {
      if (names && !names.has(event.name)) continue;
      yield* ofAny;
      if (event.cohortId !== null) yield* ofCohort.get(event.cohortId) ?? [];
    }
  }
}
