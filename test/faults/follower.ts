// Base class of the followers: records the events that a subscriber receives from each log.
import { decodeCursor } from '../../src/events/cursor';
import type { Filter } from './checker';
import type { Progress } from './progress';
import { Asker } from './writer';

/** Longest wait of a follower before it reconnects. */
export const BACK_MS = 50;

export interface FollowerOptions {
  name: string;
  urls: readonly string[];
  token: string;
  /** One field with $filter and $after, which selects `cursor`. */
  document: string;
  /** The filter for the server, and the same filter for the checker. */
  argument: object;
  filter: Filter;
  cursor: string;
  progress: Progress;
}

/** A subscriber that resumes after its last event on the next server. */
export abstract class Follower {
  /** By log: the sequence number after which it asked for events. */
  readonly after = new Map<string, number>();
  /** By log: the sequence numbers received, in order of arrival. */
  readonly received = new Map<string, number[]>();
  /** Unexpected errors. */
  readonly troubles: string[] = [];
  /** The number of connections made. */
  sessions = 0;
  protected cursor: string;
  private readonly asker: Asker;

  constructor(protected readonly options: FollowerOptions) {
    this.cursor = options.cursor;
    this.asker = new Asker(options.token);
    const { logId, seq } = decodeCursor(options.cursor);
    this.after.set(logId, seq);
  }

  get name(): string {
    return this.options.name;
  }

  get filter(): Filter {
    return this.options.filter;
  }

  abstract start(): void;

  /** Resolves when it has stopped. */
  async stop(): Promise<void> {
    await this.leave();
    this.asker.close();
  }

  /** Stops reading from its connection. */
  abstract stopReading(): void;

  abstract read(): void;

  protected abstract leave(): Promise<void>;

  protected take({ cursor }: { cursor: string }): void {
    const { logId, seq } = decodeCursor(cursor);
    const list = this.received.get(logId);
    if (list) list.push(seq);
    else this.received.set(logId, [seq]);
    this.options.progress.tell();
  }

  /** Reads the cursor to restart from after CURSOR_INVALID; null without an answer, or where it is not allowed. */
  protected async refetch(url: string): Promise<string | null> {
    try {
      const { data } = await this.asker.ask(url, '{ latestCursor }');
      if (!data) return null;
      const { logId, seq } = decodeCursor(data.latestCursor as string);
      if (this.after.has(logId)) {
        this.trouble(`a good cursor of log ${logId} was refused`);
        return null;
      }
      this.after.set(logId, seq);
      this.options.progress.tell();
      return data.latestCursor as string;
    } catch {
      return null; // retried at the next refusal
    }
  }

  protected trouble(what: string): void {
    this.troubles.push(`${this.name}: ${what}`);
    this.options.progress.tell();
  }
}
