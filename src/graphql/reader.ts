// Reader: the reads of one operation, in one snapshot, with loaders (DataLoader) that batch them against N+1 queries.
import DataLoader from 'dataloader';
import { In, type EntityManager, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { Database, Row, Snapshot } from '../database/database';
import { badInput } from './errors';
import { prefixOf } from '../lib/ids';
import { entityOf, type Node } from './node';
import { all, raw, type Sql, sql, type Statement } from '../lib/sql';

/** Keys of one statement: making objects of thousands of records at once would block the event loop. */
const MOST_KEYS = 500;

/** Loads many keys with one statement; keys without a value are left out of the map. */
export type Batch<V> = (manager: EntityManager, keys: readonly string[]) => Promise<Map<string, V>>;

/** Groups rows by a key, in the given order. */
export function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

/** Makes a batch that loads the rows of each owner, in order. @param owner the property with the owner's id. */
export function rowsBy<T extends ObjectLiteral, O extends keyof T & string>(
  entity: new () => T,
  owner: O,
  order: (keyof T & string)[],
): Batch<T[]> {
  return async (manager, ids) => {
    const rows = manager.createQueryBuilder(entity, 'own').where(`own.${owner} IN (:...ids)`, { ids });
    for (const column of order) rows.addOrderBy(`own.${column}`);
    return grouped(await rows.getMany(), (row) => row[owner] as string);
  };
}

/** Makes a batch that counts the rows of each owner that meet a condition on the alias `own`. */
export function countsBy<T extends ObjectLiteral>(
  entity: new () => T,
  owner: keyof T & string,
  condition: Sql,
): Batch<number> {
  return async (manager, ids) => {
    const rows = await manager
      .createQueryBuilder(entity, 'own')
      .select(`own.${owner}`, 'owner')
      .addSelect('COUNT(*)', 'total')
      .where(...all([sql`own.${raw(owner)} IN ${ids}`, condition]).named())
      .groupBy(`own.${owner}`)
      .getRawMany<{ owner: string; total: number | string }>();
    return new Map(rows.map((row) => [row.owner, Number(row.total)]));
  };
}

/** The reads of one operation. Every reader must be ended with end(). */
export class Reader {
  private snapshot: Promise<Snapshot> | null = null;
  private loaders = new Map<unknown, DataLoader<string, unknown>>();
  private readonly outdated: Promise<Snapshot>[] = [];
  private ended: Error | null = null;
  private busyMs = 0;
  /** How many fields are reading from the snapshot, and how many wait for counts. */
  private reading = 0;
  private counting = 0;
  private readonly onAbort = new Set<(reason: Error) => void>();
  /** Lets other operations run while this one waits for counts, see operation/turns.ts. */
  turn: { leave(): void; back(): Promise<void> | undefined } | null = null;

  /**
   * @param caller the caller's key: connections go by turns among callers.
   * @param after a sequence number of the event log: its changes must be visible to every read (read-your-writes).
   */
  constructor(
    private readonly database: Database,
    private readonly caller: string,
    private after = 0,
  ) {}

  /** The sequence number whose changes this operation's reads contain at least. */
  get reached(): number {
    return this.after;
  }

  /** Milliseconds that the database has worked for this operation, without the snapshot it still holds. */
  get databaseMs(): number {
    return this.busyMs;
  }

  /**
   * Runs `work` in this operation's snapshot, which opens at the first read. The manager must not be used after `work`,
   * because the snapshot may be given back.
   * @param after the sequence number that the snapshot must contain, if it is opened now.
   * @throws the reason when the operation was ended or aborted.
   */
  async read<T>(work: (manager: EntityManager) => Promise<T>, after = this.after): Promise<T> {
    // A resolver that outlived its operation must not take a connection, which would leak.
    this.mustGoOn();
    const back = this.turn?.back();
    if (back) await back;
    this.reading += 1;
    try {
      this.snapshot ??= this.database.snapshot(after, this.caller);
      return await work((await this.unlessAborted(this.snapshot)).manager);
    } catch (error) {
      throw this.ended ?? error; // a snapshot that was given back early fails with something of its own
    } finally {
      this.reading -= 1;
      this.letGo();
    }
  }

  /**
   * Runs long statements, see Database.analyse. An operation that waits only for counts releases its snapshot
   * meanwhile: counts run one by one, and more operations may wait for them than there are connections.
   * @returns the rows of each statement; later reads may then be of a later snapshot than earlier ones.
   */
  async count(statements: Statement[]): Promise<Row[][]> {
    this.mustGoOn();
    this.counting += 1;
    this.letGo();
    const count = this.database.analyse(statements, this.after, this.caller);
    try {
      return await this.unlessAborted(count.rows);
    } finally {
      count.leave();
      this.busyMs += count.busyMs();
      this.counting -= 1;
    }
  }

  /** The value of `key`, or null; one statement for all keys requested in the same tick. */
  load<V>(batch: Batch<V>, key: string, name: unknown = batch): Promise<V | null> {
    return this.gather((keys) => this.read((manager) => batch(manager, keys)), key, name);
  }

  /** The same for a batch that does more than read: one that counts must not hold the snapshot meanwhile. */
  async gather<V>(
    answer: (keys: readonly string[]) => Promise<Map<string, V>>,
    key: string,
    name: unknown,
  ): Promise<V | null> {
    let loader = this.loaders.get(name) as DataLoader<string, V | null> | undefined;
    if (!loader) {
      loader = new DataLoader<string, V | null>(
        async (keys) => {
          const found = await answer(keys);
          return keys.map((each) => found.get(each) ?? null);
        },
        { maxBatchSize: MOST_KEYS },
      );
      this.loaders.set(name, loader);
    }
    return loader.load(key);
  }

  /** The record with this id, or null. */
  async find<T extends ObjectLiteral & { id: string }>(
    entity: EntityTarget<T>,
    id: string | null | undefined,
  ): Promise<T | null> {
    if (!id) return null;
    return this.load<T>(
      async (manager, ids) => {
        const rows = await manager.find(entity, { where: { id: In([...ids]) } as never });
        return new Map(rows.map((row) => [row.id, row]));
      },
      id,
      entity,
    );
  }

  /**
   * The record with this id if it meets a condition, or null. The condition must be the same throughout the operation.
   * @param within the condition, on an alias.
   */
  async findWithin<T extends ObjectLiteral & { id: string }>(
    entity: EntityTarget<T>,
    id: string | null | undefined,
    within: (alias: string) => Sql,
  ): Promise<T | null> {
    if (!id) return null;
    return this.load<T>(
      async (manager, ids) => {
        const rows = await manager
          .createQueryBuilder(entity, 'own')
          .where('own.id IN (:...ids)', { ids })
          .andWhere(...within('own').named())
          .getMany();
        return new Map(rows.map((row) => [row.id, row]));
      },
      id,
      `within:${this.database.metadata.getMetadata(entity).tableName}`,
    );
  }

  /** The record that a foreign key points to. @throws Error when it does not exist, which is a bug. */
  async get<T extends ObjectLiteral & { id: string }>(entity: EntityTarget<T>, id: string): Promise<T> {
    const found = await this.find(entity, id);
    if (!found) throw new Error(`Dangling reference to ${id}`);
    return found;
  }

  /** The database type of a column, such as `date`. */
  columnType(entity: EntityTarget<ObjectLiteral>, property: string): string {
    const { type } = this.database.metadata.getMetadata(entity).findColumnWithPropertyName(property)!;
    return typeof type === 'function' ? type.name.toLowerCase() : type;
  }

  /**
   * The entity of an id, by its prefix.
   * @throws BAD_USER_INPUT for an unknown prefix.
   */
  entityOf(id: string): new () => Node {
    const entity = prefixOf(id) === null ? undefined : entityOf(this.database.metadata, id);
    if (!entity)
      throw badInput({
        vi: `"${id.slice(0, 60)}" không phải mã định danh của hệ thống này.`,
        en: `"${id.slice(0, 60)}" is no id of this registry.`,
      });
    return entity;
  }

  /** Drops the snapshot and all loaders, so that later reads of this operation see its own write, at `after`. */
  async renew(after = this.after): Promise<void> {
    this.after = Math.max(this.after, after);
    this.loaders = new Map();
    await this.giveBack();
  }

  /** Makes sure that later reads contain the changes up to `after` in the log. */
  async reach(after: number): Promise<void> {
    if (after <= this.after) return;
    this.after = after;
    const { snapshot } = this;
    if (!snapshot || !(await snapshot).replica || snapshot !== this.snapshot) return;
    this.outdated.push(snapshot); // other fields may be reading from it
    this.snapshot = null;
    this.loaders = new Map();
  }

  /** Ends it and gives its connection back; later reads throw. */
  async end(): Promise<void> {
    this.ended ??= new Error('This operation has ended.');
    await this.renew();
  }

  /** Ends it early: pending and later reads fail with this reason. */
  abort(reason: Error): void {
    if (this.ended) return;
    this.ended = reason;
    for (const tell of this.onAbort) tell(reason);
    void this.renew().catch(() => undefined); // a pending connection is given back on arrival
  }

  /** @throws the reason when the operation was ended or aborted. */
  mustGoOn(): void {
    if (this.ended) throw this.ended;
  }

  /** The result of work done elsewhere for this operation; rejects with the reason as soon as it is aborted. */
  async unlessAborted<T>(work: Promise<T>): Promise<T> {
    let tell!: (reason: Error) => void;
    const aborted = new Promise<never>((_, reject) => this.onAbort.add((tell = reject)));
    if (this.ended) tell(this.ended);
    try {
      return await Promise.race([work, aborted]);
    } finally {
      this.onAbort.delete(tell);
    }
  }

  /** Releases the snapshot while only statistics are pending. */
  private letGo(): void {
    if (this.counting === 0 || this.reading > 0) return;
    // Later, because records just read may at once load their own fields, which must come from the same snapshot.
    setImmediate(() => {
      if (this.counting === 0 || this.reading > 0) return;
      this.turn?.leave();
      void this.giveBack().catch(() => undefined); // the next read meets a broken connection itself
    });
  }

  private async giveBack(): Promise<void> {
    const held = [this.snapshot, ...this.outdated.splice(0)];
    this.snapshot = null;
    await Promise.all(
      held.map(async (lent) => {
        const snapshot = await lent;
        await snapshot?.end();
        this.busyMs += snapshot?.busyMs() ?? 0;
      }),
    );
  }
}
