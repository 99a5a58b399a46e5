// Who read whose data? Kept apart from the event log, and written after the answer, many reads at once.
import { type EntityManager, In } from 'typeorm';
import type { Database } from '../database/database';
import { newId } from '../lib/ids';
import { relyOnNames } from '../database/locks';
import { unlessLate } from '../lib/unless-late';
import { DataAccess, DataAccessPerson } from './data-access.entity';
import { ROLES } from './rights';

const WAIT_MS = 100;
const READS_A_TRANSACTION = 500;
const ROWS_A_STATEMENT = 200;
/** One read may have shown hundreds of persons. */
const READS_A_PURGE = 100;
/** How long the end waits for a database that does not answer. */
const LAST_MS = 10_000;

/** One operation that showed personal data. */
export interface Read {
  /** The token's subject; null for a stranger. */
  subject: string | null;
  /** The official whom the subject was granted to be, if it is one. */
  readerId?: string;
  /** Kind, name and root fields, as in `query Staff { officials }`. */
  operation: string;
  requestId: string | null;
  officialIds: string[];
  occurredAt: Date;
}

export class AccessLog {
  /** What is not written yet, what is just being written included. */
  private readonly waiting: Read[] = [];
  private persons = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly onError: (error: unknown) => void,
    /** How many persons may wait to be noted. */
    private readonly mostWaiting: number,
  ) {}

  /**
   * Asked before something personal is shown: what cannot be noted must not be. Whoever was let through may still note
   * what they showed, so it can come to be a few operations more.
   */
  get hasRoom(): boolean {
    return this.persons < this.mostWaiting;
  }

  /** Takes note; the caller's answer does not wait for it. */
  note(read: Read): void {
    this.waiting.push(read);
    this.persons += read.officialIds.length;
    this.writeIn(WAIT_MS);
  }

  /** Removes what was read before a moment, by small steps, so that writers never wait long behind it. */
  async purge(before: Date): Promise<void> {
    for (let purged = READS_A_PURGE; purged === READS_A_PURGE;) {
      purged = await this.database.transaction(async (manager) => {
        const old = await manager
          .createQueryBuilder(DataAccess, 'access')
          .select('access.id')
          .where('access.occurredAt < :before', { before })
          .orderBy('access.occurredAt')
          .limit(READS_A_PURGE)
          .getMany();
        const ids = old.map(({ id }) => id);
        if (ids.length > 0) {
          await manager.delete(DataAccessPerson, { accessId: In(ids) });
          await manager.delete(DataAccess, { id: In(ids) });
        }
        return ids.length;
      });
    }
  }

  /**
   * Writes what still waits.
   * @param tell hears of each read that could not be written, so that it stands somewhere.
   * @throws when there was one.
   */
  async stop(tell: (read: Read) => void): Promise<void> {
    this.stopping = true;
    await unlessLate(this.flush().catch(this.onError), LAST_MS);
    this.waiting.forEach(tell);
    if (this.waiting.length > 0) {
      throw new Error(
        `Of ${this.waiting.length} reads of personal data it could not be noted who read them.`,
      );
    }
  }

  private writeIn(ms: number): void {
    if (!this.stopping) this.timer ??= setTimeout(() => void this.flush().catch(this.onError), ms);
  }

  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.catch(() => undefined).then(() => this.write());
    return this.writing;
  }

  /** What cannot be written stays where it is, for the next time. */
  private async write(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const reads = this.waiting.slice(0, READS_A_TRANSACTION);
        await this.insert(reads);
        this.waiting.splice(0, reads.length);
        for (const { officialIds } of reads) this.persons -= officialIds.length;
      }
    } catch (error) {
      this.writeIn(WAIT_MS * 10);
      throw error;
    }
  }

  private async insert(reads: Read[]): Promise<void> {
    const rows = reads.map((read) => ({ id: newId('access'), ...read }));
    const persons = rows.flatMap(({ id, officialIds }) =>
      officialIds.map((officialId) => ({ accessId: id, officialId })),
    );
    await this.database.transaction(async (manager) => {
      const pseudonyms = await pseudonymsOf(manager, reads);
      for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) {
        const some = rows.slice(i, i + ROWS_A_STATEMENT);
        await manager.insert(
          DataAccess,
          some.map(({ officialIds: _officialIds, readerId: _readerId, subject, ...row }) => ({
            ...row,
            subject: pseudonyms.get(subject) ?? subject,
          })),
        );
      }
      for (let i = 0; i < persons.length; i += ROWS_A_STATEMENT)
        await manager.insert(DataAccessPerson, persons.slice(i, i + ROWS_A_STATEMENT));
    });
  }
}

/**
 * What stands for those subjects whose identity was erased since: what waited must not bring one back. One that was
 * granted to somebody else, too, has kept its grants.
 */
async function pseudonymsOf(manager: EntityManager, reads: Read[]): Promise<Map<string | null, string>> {
  const readers = reads.filter(({ readerId }) => readerId);
  if (readers.length === 0) return new Map();
  await relyOnNames(manager, [ROLES]); // whoever is being erased is erased first, or finds what is written here
  const erased = await manager
    .createQueryBuilder()
    .select(['who.id AS id', 'who.code AS code'])
    .from('official', 'who')
    .where('who.id IN (:...ids) AND who.erased_at IS NOT NULL', {
      ids: [...new Set(readers.map(({ readerId }) => readerId))],
    })
    .getRawMany<{ id: string; code: string }>();
  const codes = new Map(erased.map(({ id, code }) => [id, code]));
  const pseudonyms = new Map<string | null, string>();
  for (const { subject, readerId } of readers) {
    const code = codes.get(readerId!);
    if (code && !(await manager.existsBy('role_grant', { subject: subject! }))) pseudonyms.set(subject, code);
  }
  return pseudonyms;
}
