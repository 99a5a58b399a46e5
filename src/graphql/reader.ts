// How does one operation read? In one snapshot, with loaders that ask for many records at once.
import DataLoader from 'dataloader';
import { In, type EntityManager, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { Database, Row, Snapshot } from '../database/database';
import { badInput } from './errors';
import { prefixOf } from '../lib/ids';
import type { Node } from './node';
import { all, raw, type Sql, sql, type Statement } from '../lib/sql';

/** Keys of one statement: thousands of records made objects of at once would leave nobody else a turn. */
const MOST_KEYS = 500;

/** Answers many keys with one statement; keys without an answer are left out of the map. */
export type Batch<V> = (manager: EntityManager, keys: readonly string[]) => Promise<Map<string, V>>;

/** Rows by a key of theirs, in the order given. */
export function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

/** The rows of each owner, in an order. @param owner the property that holds the owner's id. */
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

/** How many rows each owner has that meet a condition, in terms of the alias `own`. */
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

/** The reading half of an operation. Whoever makes one must end it. */
export class Reader {
  private snapshot: Promise<Snapshot> | null = null;
  private loaders = new Map<unknown, DataLoader<string, unknown>>();
  private readonly outdated: Promise<Snapshot>[] = [];
  private ended: Error | null = null;
  /** How many fields read from the snapshot this moment, and how many wait for counts. */
  private reading = 0;
  private counting = 0;
  private readonly onAbort = new Set<(reason: Error) => void>();
  /** What lets other operations run while this one waits for counts, see turns.ts. */
  turn: { leave(): void; back(): Promise<void> | undefined } | null = null;

  /**
   * @param caller for whom: callers who wait for connections have their turns.
   * @param after what the event log tells up to this sequence number must be there to read.
   */
  constructor(
    private readonly database: Database,
    private readonly caller: string,
    private after = 0,
  ) {}

  /** Up to where in the event log this operation has at least read. */
  get reached(): number {
    return this.after;
  }

  /**
   * What `work` reads from this operation's snapshot, which opens at the first read. The manager is lent for the work
   * alone: afterwards the snapshot may be given back.
   * @param after how far the first one to read needs it to be.
   */
  async read<T>(work: (manager: EntityManager) => Promise<T>, after = this.after): Promise<T> {
    // A resolver that outlived its operation must not take a connection nobody would give back.
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
   * Runs long statements as Database.analyse does. An operation that waits for nothing else holds no snapshot
   * meanwhile: counts have their turn one by one, and there are fewer connections than may wait for them.
   * @returns the rows of each statement; what is read afterwards may be of a later moment than what was read before.
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
      this.counting -= 1;
    }
  }

  /** What `batch` answers for `key`, or null; one statement for all keys asked for in the same moment. */
  load<V>(batch: Batch<V>, key: string, name: unknown = batch): Promise<V | null> {
    return this.gather((keys) => this.read((manager) => batch(manager, keys)), key, name);
  }

  /** The same of what is more than a read: whoever counts for many keys must not hold the snapshot meanwhile. */
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
   * The record with this id, if it meets a condition that is the same throughout the operation; or null.
   * @param within the condition for the table under an alias.
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

  /** The record a foreign key points to, which therefore exists. */
  async get<T extends ObjectLiteral & { id: string }>(entity: EntityTarget<T>, id: string): Promise<T> {
    const found = await this.find(entity, id);
    if (!found) throw new Error(`Dangling reference to ${id}`);
    return found;
  }

  /**
   * The entity that this id is of.
   * @throws BAD_USER_INPUT for an id of no type that this registry has.
   */
  entityOf(id: string): new () => Node {
    const prefix = prefixOf(id);
    const entity = this.database.metadata.entityMetadatas.find(
      ({ target }) => prefix !== null && (target as { idPrefix?: string }).idPrefix === prefix,
    );
    if (!entity) throw badInput(`"${id.slice(0, 60)}" is no id of this registry.`);
    return entity.target as new () => Node;
  }

  /** Forgets what was read, so that what follows in this operation sees its own write, up to `after` in the log. */
  async renew(after = this.after): Promise<void> {
    this.after = Math.max(this.after, after);
    this.loaders = new Map();
    await this.giveBack();
  }

  /** Makes sure that what the log tells up to `after` is there to read, whatever was read before. */
  async reach(after: number): Promise<void> {
    if (after <= this.after) return;
    this.after = after;
    const { snapshot } = this;
    if (!snapshot || !(await snapshot).replica || snapshot !== this.snapshot) return;
    this.outdated.push(snapshot); // fields beside the one that asks may be reading from it
    this.snapshot = null;
    this.loaders = new Map();
  }

  async end(): Promise<void> {
    this.ended ??= new Error('This operation has ended.');
    await this.renew();
  }

  /** Ends it before the operation has: what waits or reads from now on fails with this reason. */
  abort(reason: Error): void {
    if (this.ended) return;
    this.ended = reason;
    for (const tell of this.onAbort) tell(reason);
    void this.renew().catch(() => undefined); // whoever waits for a connection gives it back once it has it
  }

  /** @throws the reason when the operation was ended early. */
  mustGoOn(): void {
    if (this.ended) throw this.ended;
  }

  /** What others work on for this operation, or the reason as soon as nobody waits for the answer any more. */
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

  /** Gives the snapshot back once nothing but counts is waited for. */
  private letGo(): void {
    if (this.counting === 0 || this.reading > 0) return;
    // Fields that have just been read may ask at once for what is inside them: that is to be of the same snapshot.
    setImmediate(() => {
      if (this.counting === 0 || this.reading > 0) return;
      this.turn?.leave();
      void this.giveBack().catch(() => undefined); // a connection that broke tells whoever reads next
    });
  }

  private async giveBack(): Promise<void> {
    const held = [this.snapshot, ...this.outdated.splice(0)];
    this.snapshot = null;
    await Promise.all(held.map(async (snapshot) => (await snapshot)?.end()));
  }
}
