// Who read whose data? Kept apart from the event log, and written after the answer, many reads at once.
import type { Database } from '../lib/database';
import { newId } from '../lib/ids';
import { DataAccess, DataAccessPerson } from './data-access.entity';

const WAIT_MS = 100;
const ROWS_A_STATEMENT = 200;

/** One operation that showed personal data. */
export interface Read {
  /** The token's subject; null for a stranger. */
  subject: string | null;
  /** Kind, name and root fields, as in `query Staff { officials }`. */
  operation: string;
  requestId: string | null;
  officialIds: string[];
  occurredAt: Date;
}

export class AccessLog {
  private waiting: Read[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Takes note; the caller's answer does not wait for it. */
  note(read: Read): void {
    this.waiting.push(read);
    this.timer ??= setTimeout(() => void this.flush().catch(this.onError), WAIT_MS);
  }

  /** Writes everything noted so far. What cannot be written stays noted, for the next time. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.catch(() => undefined).then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    const reads = this.waiting;
    if (reads.length === 0) return;
    this.waiting = [];
    try {
      const rows = reads.map((read) => ({ id: newId('access'), ...read }));
      const persons = rows.flatMap(({ id, officialIds }) =>
        officialIds.map((officialId) => ({ accessId: id, officialId })),
      );
      await this.database.transaction(async (manager) => {
        for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) {
          const some = rows.slice(i, i + ROWS_A_STATEMENT);
          await manager.insert(
            DataAccess,
            some.map(({ officialIds: _, ...row }) => row),
          );
        }
        for (let i = 0; i < persons.length; i += ROWS_A_STATEMENT)
          await manager.insert(DataAccessPerson, persons.slice(i, i + ROWS_A_STATEMENT));
      });
    } catch (error) {
      this.waiting = [...reads, ...this.waiting];
      this.timer ??= setTimeout(() => void this.flush().catch(this.onError), WAIT_MS * 10);
      throw error;
    }
  }
}
