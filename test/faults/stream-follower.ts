// Follower over server-sent events that behaves like a page with EventSource, which resumes with Last-Event-ID.
import { setTimeout as pause } from 'node:timers/promises';
import { decodeCursor } from '../../src/events/cursor';
import { openStream, type Sent, type Stream } from '../support/sse';
import { BACK_MS, Follower } from './follower';

interface Told {
  data?: Record<string, { cursor: string }> | null;
  errors?: { extensions?: { code?: string } }[];
}

/**
 * Behaves like EventSource, but can send a token, as a client built on fetch can. It always requests the same address;
 * only Last-Event-ID says what it has. After `complete`, or a status other than 200, EventSource would never reconnect,
 * so the server must cause neither.
 */
export class StreamFollower extends Follower {
  private lastEventId = '';
  private stream: Stream | null = null;
  private stopping = false;
  private reading = true;
  private readAgain: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();

  start(): void {
    this.stopping = false;
    this.running = this.follow();
  }

  /** Data then wait in the buffers of the reader, of the system, and of the server. */
  override stopReading(): void {
    this.reading = false;
  }

  override read(): void {
    this.reading = true;
    this.readAgain();
  }

  protected override async leave(): Promise<void> {
    this.stopping = true;
    this.read();
    this.stream?.cut();
    await this.running;
  }

  private async follow(): Promise<void> {
    const { urls } = this.options;
    for (let turn = 0; !this.stopping; turn++) {
      const url = urls[turn % urls.length]!;
      try {
        if ((await this.session(url)) === 'refused') await this.beginAnew(url);
      } catch {
        // Cut off: resume with the last id.
      }
      this.stream?.cut();
      await pause(BACK_MS);
    }
  }

  /** Follows until the stream ends. */
  private async session(url: string): Promise<'ended' | 'refused'> {
    const { document: query, argument: filter, token } = this.options;
    this.sessions += 1;
    const stream = await openStream(url, {
      ...{ query, variables: { filter, after: this.cursor }, token, method: 'GET' },
      ...(this.lastEventId && { lastEventId: this.lastEventId }),
    });
    this.stream = stream;
    // EventSource would never reconnect.
    if (stream.status !== 200) this.trouble(`the stream was refused with status ${stream.status}`);
    if (stream.status !== 200) return 'ended';
    const cut = stream.closed.then(() => null);
    for (;;) {
      if (!this.reading) await new Promise<void>((resolve) => (this.readAgain = resolve));
      const sent = await Promise.race([stream.next(), cut]);
      if (this.stopping || !sent) return 'ended';
      if (sent.event === 'complete') this.trouble('the stream was completed');
      if (sent.event === 'complete') return 'ended';
      if (sent.event === 'next' && this.hear(sent) === 'refused') return 'refused';
      if (sent.id !== undefined) this.lastEventId = sent.id;
    }
  }

  private hear({ id, data }: Sent): 'heard' | 'refused' {
    const { data: told, errors } = data as Told;
    if (errors?.some(({ extensions }) => extensions?.code === 'CURSOR_INVALID')) return 'refused';
    // As a simple client does: ignore a result without data.
    const event = told && Object.values(told)[0];
    if (!event) return 'heard';
    if (id !== event.cursor) this.trouble(`event ${decodeCursor(event.cursor).seq} came with the id ${id}`);
    this.take(event);
    return 'heard';
  }

  private async beginAnew(url: string): Promise<void> {
    const cursor = await this.refetch(url);
    if (!cursor) return;
    this.cursor = cursor;
    this.lastEventId = '';
  }
}
