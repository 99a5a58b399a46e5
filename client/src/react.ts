// React hooks: the newest event, a list that is kept current, and the status of the connection.
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { waitFor } from './backoff.js';
import { endingOf } from './ending.js';
import type { CanboClient, Document, Status } from './index.js';

interface Live<T> {
  /** The newest event; undefined before the first. */
  data: T | undefined;
  /** Why it has ended; undefined while it goes on. */
  error: unknown;
}

/**
 * Follows events while the component is there.
 * @param onEvent called with each, in order; without it, `data` may pass over some that come together.
 */
export function useLive<T, V>(
  canbo: CanboClient,
  document: Document<T, V>,
  variables: Omit<V, 'after'>,
  onEvent?: (event: T) => void,
): Live<T> {
  const [live, setLive] = useState<Live<T>>({ data: undefined, error: undefined });
  const heard = useLatest(onEvent);
  const asked = JSON.stringify(variables);
  useEffect(() => {
    const following = canbo.subscribe(document, JSON.parse(asked) as Omit<V, 'after'>, {
      onEvent: (data) => {
        heard.current?.(data);
        setLive({ data, error: undefined });
      },
      onError: (error) => setLive(({ data }) => ({ data, error })),
    });
    return () => void following.stop();
  }, [canbo, document, asked]);
  return live;
}

/** A record as lists and events have it. */
interface Identified {
  id: string;
}

interface LiveList<N> {
  /** Undefined until the list was read. */
  nodes: readonly N[] | undefined;
  error: unknown;
}

/**
 * A list, kept current and in order. It is read with the place in the log that it is true for, and events are followed
 * from there. A record in the list changes with its event at once; then the list is read again, once for all events
 * that have come meanwhile, because only the server knows which records belong to it and in which order.
 * @param list a query of one list: `{ cohorts(…) { asOf nodes { id … } } }`, or with `latestCursor` beside it.
 * @param events a subscription whose events have the changed record as one of their fields.
 */
export function useLiveList<N extends Identified, V = Record<string, unknown>>(
  canbo: CanboClient,
  list: Document<unknown, V>,
  variables: V,
  events: Document<unknown, never>,
  eventVariables: Record<string, unknown> = {},
): LiveList<N> {
  const [shown, setShown] = useState<LiveList<N>>({ nodes: undefined, error: undefined });
  const [asked, followed] = [JSON.stringify(variables), JSON.stringify(eventVariables)];
  useEffect(() => {
    const leaving = new AbortController();
    const left = leaving.signal;
    let stop: () => void = () => undefined;
    let reading: Promise<string> | null = null;
    let stale = false;
    const fail = (error: unknown) => left.aborted || setShown(({ nodes }) => ({ nodes, error }));
    const read = async (): Promise<string> => {
      let read: Read<N>;
      do {
        stale = false;
        read = readOf<N>(await throughCuts(() => canbo.query(list, JSON.parse(asked) as V), left));
      } while (stale && !left.aborted);
      const { nodes, place } = read;
      if (!left.aborted) setShown({ nodes, error: undefined });
      return place;
    };
    const refresh = (): Promise<string> => {
      stale = true;
      return (reading ??= read().finally(() => (reading = null)));
    };
    const begin = async () => {
      const after = await refresh();
      if (left.aborted) return;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- the compiler needs it
      const following = canbo.subscribe(events as Document<object>, JSON.parse(followed) as object, {
        after,
        onEvent: (data) => {
          const changed = Object.values((Object.values(data)[0] ?? {}) as object).find(hasId);
          if (changed) setShown(({ nodes, error }) => ({ nodes: nodes && replaced(nodes, changed), error }));
          refresh().catch(fail);
        },
        onExpired: refresh,
        onError: fail,
      });
      stop = () => void following.stop();
    };
    begin().catch(fail);
    return () => {
      leaving.abort();
      stop();
    };
  }, [canbo, list, asked, events, followed]);
  return shown;
}

/** The status of the connection: live, reconnecting since when, caught up by how many events, or refused and why. */
export function useStatus({ status }: CanboClient): Status {
  return useSyncExternalStore(
    (changed) => status.subscribe(changed),
    () => status.current,
    () => status.current,
  );
}

/** Asks again after each cut: a list that was not read, or not read again, would not be current. @throws what it ends with. */
async function throughCuts<T>(ask: () => Promise<T>, left: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const { kind, failed, retryAfterMs } = endingOf(error);
      if (kind !== 'cut' || failed || left.aborted) throw error;
      await waitFor(attempt, { leastMs: retryAfterMs }, left);
    }
  }
}

interface Read<N> {
  nodes: readonly N[];
  place: string;
}

/** @throws Error for an answer without a list, or without its place in the log. */
function readOf<N>(data: unknown): Read<N> {
  const { latestCursor } = data as { latestCursor?: string };
  const list = Object.values(data as object).find((each) => typeof each === 'object') as
    { asOf?: string; nodes?: N[]; edges?: { node: N }[] } | undefined;
  const nodes = list?.nodes ?? list?.edges?.map(({ node }) => node);
  const place = list?.asOf ?? latestCursor;
  if (!nodes || !place) throw new Error('Select `asOf` and `nodes` of the list: it is followed from there.');
  return { nodes, place };
}

const hasId = (value: unknown): value is Identified =>
  typeof value === 'object' && value !== null && typeof (value as { id?: unknown }).id === 'string';

function replaced<N extends Identified>(nodes: readonly N[], changed: Identified): readonly N[] {
  return nodes.map((node) => (node.id === changed.id ? { ...node, ...changed } : node));
}

/** What a component was given last, for effects that need not run again with it. */
function useLatest<T>(value: T): { current: T } {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
