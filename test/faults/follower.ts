// What does a subscriber receive, by whatever client it follows?
import { decodeCursor } from '../../src/events/cursor';
import type { Filter } from './checker';
import type { Progress } from './progress';
import { Asker } from './writer';

/** How long a follower waits before it comes back, at most. */
export const BACK_MS = 50;

export interface FollowerOptions {
  name: string;
  urls: readonly string[];
  token: string;
  /** One field with $filter and $after, which selects `cursor`. */
  document: string;
  /** What the server is asked for, and the same for the checker. */
  argument: object;
  filter: Filter;
  cursor: string;
  progress: Progress;
}

/** Whoever follows events, and resumes after the last one it has on whichever server comes next. */
export abstract class Follower {
  /** By log: it asked for what came after this one. */
  readonly after = new Map<string, number>();
  /** By log, in the order of arrival. */
  readonly received = new Map<string, number[]>();
  /** What it should not have been told. */
  readonly troubles: string[] = [];
  /** How often it connected. */
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

  /** Resolves when it follows no more. */
  async stop(): Promise<void> {
    await this.leave();
    this.asker.close();
  }

  /** Stops reading what it is sent. */
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

  /** Where to begin anew, as one must after CURSOR_INVALID; null when it could not be asked, or must not be. */
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
      return null; // it is asked again at the next refusal
    }
  }

  protected trouble(what: string): void {
    this.troubles.push(`${this.name}: ${what}`);
    this.options.progress.tell();
  }
}
