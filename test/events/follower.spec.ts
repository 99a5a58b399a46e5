// Followers against a generated course of events: whatever happens in which order, each event that is selected comes
// once and in order. Written, read by the feed and taken by the subscriber at any time.
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { LoggedEvent } from '../../src/events/event.entity';
import { Follower, type EventFeed, TooSlow } from '../../src/events/follower';
import type { Listener } from '../../src/events/listeners';
import { type Matching, Selection } from '../../src/events/selection';

const PAGE = 3;
const MOST_WAITING = 5;
const WANTED = new Selection(new Set(['cohort.revised']));

/** A log in memory, and a feed that reads it one event at a time. */
class Course implements EventFeed {
  readonly events: LoggedEvent[] = [];
  /** How far the feed has come. */
  position = 0;
  readonly listeners = new Set<Listener>();
  readonly forgotten: Follower[] = [];
  failure: Error | null = null;

  write(isWanted: boolean): void {
    const name = isWanted ? 'cohort.revised' : 'cohort.planned';
    this.events.push({ seq: this.events.length + 1, name } as LoggedEvent);
  }

  advance(): void {
    const event = this.events[this.position];
    if (!event) return;
    this.position = event.seq;
    for (const listener of [...this.listeners]) listener(event);
  }

  async page(after: number, selection: Selection): Promise<Matching> {
    await turn();
    if (this.failure) throw this.failure;
    const some = this.events.slice(after, after + PAGE);
    return { events: some.filter((event) => selection.matches(event)), through: after + some.length };
  }

  listenFrom(position: number, listener: Listener): (() => void) | null {
    if (position < this.position) return null;
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  forget(follower: Follower): void {
    this.forgotten.push(follower);
  }
}

/** A subscriber that asks for one event at a time. */
class Subscriber {
  readonly follower: Follower;
  readonly received: number[] = [];
  asking = false;
  ended = false;
  error: unknown = null;

  constructor(
    readonly course: Course,
    readonly after: number,
    mostWaiting = Infinity,
    selection = WANTED,
  ) {
    this.follower = new Follower(course, after, selection, 'caller', mostWaiting);
  }

  ask(): void {
    if (this.asking || this.ended) return;
    this.asking = true;
    void this.follower.next().then(
      ({ done, value }) => {
        this.asking = false;
        if (done) this.ended = true;
        else this.received.push(value.seq);
      },
      (error: unknown) => {
        this.asking = false;
        this.ended = true;
        this.error = error;
      },
    );
  }

  /** What it is to receive of what has been written. */
  get due(): number[] {
    const wanted = this.course.events.filter(
      ({ seq, name }) => seq > this.after && name === 'cohort.revised',
    );
    return wanted.map(({ seq }) => seq);
  }

  /** Asks until nothing more comes, and the feed has read all. */
  async drain(): Promise<void> {
    for (let idle = 0; idle < 8 && !this.ended; idle++) {
      const before = this.received.length;
      this.course.advance();
      this.ask();
      await turn();
      if (this.received.length > before || this.course.position < this.course.events.length) idle = 0;
    }
  }
}

const steps = fc.array(fc.constantFrom('write', 'write another', 'advance', 'ask', 'wait'), {
  maxLength: 60,
});

async function take(step: string, subscriber: Subscriber): Promise<void> {
  if (step === 'write') subscriber.course.write(true);
  if (step === 'write another') subscriber.course.write(false);
  if (step === 'advance') subscriber.course.advance();
  if (step === 'ask') subscriber.ask();
  if (step === 'wait') await turn();
}

const holds = <T extends [unknown, ...unknown[]]>(property: fc.IAsyncProperty<T>) => {
  const { SEED } = process.env;
  return fc.assert(property, { numRuns: 300, ...(SEED && { seed: Number(SEED) }) });
};

/** A log of some events, of which the feed has read some. */
async function begin(written: boolean[], read: number, after: number, mostWaiting?: number) {
  const course = new Course();
  for (const isWanted of written) course.write(isWanted);
  for (let i = 0; i < Math.min(read, written.length); i++) course.advance();
  await turn();
  return new Subscriber(course, Math.min(after, written.length), mostWaiting);
}
const beginnings = [fc.array(fc.boolean(), { maxLength: 12 }), fc.nat(12), fc.nat(12)] as const;

it('each selected event comes once and in order, and the position is never ahead of what was sent', async () => {
  await holds(
    fc.asyncProperty(...beginnings, steps, async (written, read, after, course) => {
      const subscriber = await begin(written, read, after);
      const { follower } = subscriber;
      expect(follower.position).toBe(subscriber.after);
      for (const step of course) {
        await take(step, subscriber);
        const { received, due } = subscriber;
        expect(received).toEqual(due.slice(0, received.length));
        // The last one counts as sent when the next is asked for.
        const sent = subscriber.asking ? received : received.slice(0, -1);
        const { position } = follower;
        if (position === Infinity) expect(subscriber.asking).toBe(true);
        else {
          const skipped = due.filter((seq) => seq <= position && !sent.includes(seq));
          expect(skipped).toEqual([]);
        }
      }
      await subscriber.drain();
      expect(subscriber.received).toEqual(subscriber.due);
      expect(follower.position).toBe(Infinity); // it waits for news
      await follower.return();
      await turn();
      expect(subscriber.ended).toBe(true);
      expect(subscriber.course.listeners.size).toBe(0);
      expect(subscriber.course.forgotten).toContain(follower);
    }),
  );
});

it('a follower that is stopped ends at once, in replay or live, and leaves nothing behind', async () => {
  await holds(
    fc.asyncProperty(...beginnings, steps, async (written, read, after, course) => {
      const subscriber = await begin(written, read, after);
      for (const step of course) await take(step, subscriber);
      const returned = subscriber.follower.return();
      for (let i = 0; i < 5; i++) await turn();
      expect(await returned).toEqual({ done: true, value: undefined });
      const { received } = subscriber;
      const before = received.length;
      subscriber.course.write(true);
      await subscriber.drain();
      expect(received.length).toBeLessThanOrEqual(before);
      expect(received).toEqual(subscriber.due.slice(0, received.length));
      expect(await subscriber.follower.next()).toEqual({ done: true, value: undefined });
      expect(subscriber.course.listeners.size).toBe(0);
    }),
  );
});

it('a follower that fails throws its first failure before delivering buffered events', async () => {
  await holds(
    fc.asyncProperty(...beginnings, steps, async (written, read, after, course) => {
      const subscriber = await begin(written, read, after);
      for (const step of course) await take(step, subscriber);
      for (let i = 0; i < 5; i++) await turn();
      const before = subscriber.received.length;
      const failure = new Error('the first');
      subscriber.follower.fail(failure);
      subscriber.follower.fail(new Error('another'));
      subscriber.course.write(true);
      await subscriber.drain();
      expect(subscriber.error).toBe(failure);
      expect(subscriber.received.length).toBe(before);
      expect(subscriber.course.listeners.size).toBe(0);
      expect(subscriber.course.forgotten).toContain(subscriber.follower);
    }),
  );
});

it('a follower with a full buffer fails as too slow with the next event', async () => {
  await holds(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 * MOST_WAITING }), async (count) => {
      const subscriber = await begin([true], 1, 1, MOST_WAITING);
      subscriber.ask();
      await turn();
      for (let i = 0; i < count; i++) {
        subscriber.course.write(true);
        subscriber.course.advance();
      }
      await subscriber.drain();
      // All are offered before it can take the first one.
      if (count > MOST_WAITING) expect(subscriber.error).toBeInstanceOf(TooSlow);
      else expect([subscriber.error, subscriber.received]).toEqual([null, subscriber.due]);
    }),
  );
});

it('whose selection fails does not fail the feed, and neither does the log for others', async () => {
  const broken = new Error('cannot be read');
  const course = new Course();
  const selection = new Selection(new Set(['cohort.revised']));
  selection.matches = () => {
    throw broken;
  };
  const subscriber = new Subscriber(course, 0, Infinity, selection);
  subscriber.ask();
  await turn();
  course.write(true);
  expect(() => course.advance()).not.toThrow();
  await subscriber.drain();
  expect(subscriber.error).toBe(broken);

  course.failure = broken;
  const replaying = new Subscriber(course, 0);
  await replaying.drain();
  expect(replaying.error).toBe(broken);
  expect(course.forgotten).toContain(replaying.follower);
});
