// When is it time to count again? At once, and after events that may have moved the figures, but not all the time.
import { setTimeout as pause } from 'node:timers/promises';
import type { LoggedEvent } from '../events/event.entity';
import type { Feed } from '../events/feed';
import { stoppable } from '../lib/stoppable';

const PAUSE_MS = 250; // at most 4 times a second

/** Ticks at once, then again after events whose name matches `moving`; many events at once make one tick. */
export function ticks(feed: Feed, moving: RegExp): AsyncIterableIterator<null> {
  const stop = new AbortController();
  async function* run(): AsyncGenerator<null, void> {
    let moved = true;
    let wake: (() => void) | null = null;
    const leave = feed.listen((event: LoggedEvent) => {
      if (!moving.test(event.name)) return;
      moved = true;
      wake?.();
    });
    stop.signal.addEventListener('abort', () => wake?.());
    try {
      while (!stop.signal.aborted) {
        if (moved) {
          moved = false;
          yield null;
          await pause(PAUSE_MS, null, { signal: stop.signal }).catch(() => null); // only the stop ends it early
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      leave();
    }
  }
  return stoppable(run(), () => stop.abort());
}
