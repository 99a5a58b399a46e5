// Access log: records which caller read which person's data. Kept apart from the event log, and written in batches
// after the answer.
import { type EntityManager, In } from 'typeorm';
import type { Database } from '../database/database';
import { newId } from '../lib/ids';
import { relyOnNames } from '../database/locks';
import { unlessLate } from '../lib/unless-late';
import { inParts } from '../database/insert-all';
import { DataAccess, DataAccessPerson } from './data-access.entity';
import { MergedRecord } from './merged.entity';
import { ROLES } from './rights';

const WAIT_MS = 100;
const READS_A_TRANSACTION = 500;
const ROWS_A_STATEMENT = 200;
/** Small, because one read may have shown hundreds of persons. */
const READS_A_PURGE = 100;
/** How long stop() waits for a database that does not answer. */
const LAST_MS = 10_000;

/** One operation that showed personal data. */
export interface Read {
  /** The token's subject; null for a caller without a token. */
  subject: string | null;
  /** The official that the subject is, by an OFFICIAL role. */
  readerId?: string;
  /** Kind, name and root fields, as in `query Staff { officials }`. */
  operation: string;
  requestId: string | null;
  personIds: string[];
  occurredAt: Date;
}

/** Queue of reads of personal data, written to the database in batches. */
export class AccessLog {
  /** Reads not yet committed, those being written included. */
  private readonly waiting: Read[] = [];
  private persons = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly onError: (error: unknown) => void,
    /** How many persons may wait to be recorded. */
    private readonly mostWaiting: number,
  ) {}

  /**
   * Whether another read can be recorded. Checked before personal data is shown: what cannot be recorded must not be
   * shown. Operations already admitted may still record theirs, so the limit can be exceeded by a few operations.
   */
  get hasRoom(): boolean {
    return this.persons < this.mostWaiting;
  }

  /** Queues a read to be written; the caller's answer does not wait for it. */
  note(read: Read): void {
    this.waiting.push(read);
    this.persons += read.personIds.length;
    this.writeIn(WAIT_MS);
  }

  /** Removes the reads before an instant, in small transactions, so that writers never wait long behind it. */
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
   * Writes what is still queued.
   * @param tell called with each read that could not be written, so that it is recorded somewhere, such as in the log.
   * @throws Error when there was one.
   */
  async stop(tell: (read: Read) => void): Promise<void> {
    this.stopping = true;
    await unlessLate(this.flush().catch(this.onError), LAST_MS);
    this.waiting.forEach(tell);
    if (this.waiting.length > 0) {
      throw new Error(
        `${this.waiting.length} reads of personal data could not be written to the access log.`,
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

  /** Writes the queue in batches; a batch that fails stays queued for the next attempt. */
  private async write(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const reads = this.waiting.slice(0, READS_A_TRANSACTION);
        await this.insert(reads);
        this.waiting.splice(0, reads.length);
        for (const { personIds } of reads) this.persons -= personIds.length;
      }
    } catch (error) {
      this.writeIn(WAIT_MS * 10);
      throw error;
    }
  }

  private async insert(reads: Read[]): Promise<void> {
    const rows = reads.map((read) => ({ id: newId('access'), ...read }));
    await this.database.transaction(async (manager) => {
      await relyOnNames(manager, [ROLES]); // an erasure or a merge either commits first, or finds the rows written here
      const pseudonyms = await pseudonymsOf(manager, reads);
      const kept = await keptOf(manager, reads);
      const persons = rows.flatMap(({ id, personIds }) =>
        [...new Set(personIds.map((personId) => kept.get(personId) ?? personId))].map((personId) => ({
          accessId: id,
          personId,
        })),
      );
      for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) {
        const some = rows.slice(i, i + ROWS_A_STATEMENT);
        await manager.insert(
          DataAccess,
          some.map(({ personIds: _personIds, readerId: _readerId, subject, ...row }) => ({
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
 * Pseudonyms of the subjects that were erased while their reads were queued: a late write must not bring a name back.
 * A subject that still holds grants belongs to another person as well and keeps its name.
 */
async function pseudonymsOf(manager: EntityManager, reads: Read[]): Promise<Map<string | null, string>> {
  const readers = reads.filter(({ readerId }) => readerId);
  if (readers.length === 0) return new Map();
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

/** Of the persons whose records were merged while reads of them were queued, the kept record's id by the lost one. */
async function keptOf(manager: EntityManager, reads: Read[]): Promise<Map<string, string>> {
  const ids = [...new Set(reads.flatMap(({ personIds }) => personIds))];
  const kept = new Map<string, string>();
  for (const some of inParts(ids))
    for (const { id, personId } of await manager.findBy(MergedRecord, { id: In(some) }))
      kept.set(id, personId);
  return kept;
}
