// Ticks: tell a subscription to statistics when to read its figures again, after relevant events, at a bounded rate.
import { setTimeout as pause } from 'node:timers/promises';
import { stoppable } from '../lib/stoppable';
import type { EventName } from './catalogue';
import type { LoggedEvent } from './event.entity';
import type { Feed } from './feed';

const PAUSE_MS = 250; // at most 4 times a second

/**
 * Ticks at once, then again after events that may have changed the figures; many events at once make one tick.
 * @param moving the names of these events.
 */
export function ticks(feed: Feed, moving: ReadonlySet<EventName>): AsyncIterableIterator<null> {
  const stop = new AbortController();
  async function* run(): AsyncGenerator<null, void> {
    let moved = true;
    let wake: (() => void) | null = null;
    const move = () => {
      moved = true;
      wake?.();
    };
    const leave = feed.listen((event: LoggedEvent) => {
      if (moving.has(event.name)) move();
    }, move);
    stop.signal.addEventListener('abort', () => wake?.());
    try {
      while (!stop.signal.aborted) {
        if (moved) {
          moved = false;
          yield null;
          await pause(PAUSE_MS, null, { signal: stop.signal }).catch(() => null); // rejects only when stopped
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
