// Erasure of a person's identity in every table that declares it: words that name them go, figures stay as they were.
import type { EntityManager, EntityMetadata } from 'typeorm';
import type { Blanks, Erasure, Row } from '../access/person';
import type { ShownWith } from '../access/scope';
import { lockRows } from '../database/locks';
import { anyOf, isIn, type Sql } from '../lib/sql';
import { columnOf, find, type PersonalTable, personalTables, rowsOf, subjectTables } from './declared';

/**
 * Erases a person from the records of their kind, and the subjects of their tokens wherever they are on record. Runs in
 * the transaction of the caller, who holds the lock of the person's own record.
 * @param person the kind of person.
 */
export async function erasePerson(
  manager: EntityManager,
  person: string,
  personId: string,
  subjects: readonly string[],
  at: Date,
): Promise<void> {
  const code = `an-danh-${personId.slice(personId.indexOf('_') + 1)}`;
  const erasure = { personId, code, at };
  const tables = personalTables(manager.dataSource, person);
  const erased: string[] = [];
  for (const table of tables) erased.push(...(await eraseRows(manager, table, erasure)));
  // What was published of words that are gone names who wrote them.
  for (const { metadata, erase } of tables) {
    const { shownWith } = metadata.target as Partial<ShownWith>;
    if (!shownWith || typeof erase === 'string') continue;
    await blank(manager, metadata, isIn(columnOf(metadata, shownWith), erased), erase, erasure);
  }
  for (const { metadata, column, erase } of subjectTables(manager.dataSource)) {
    for (const subject of subjects) {
      if (erase === 'delete') await manager.delete(metadata.target, { [column]: subject });
      else await manager.update(metadata.target, { [column]: subject }, { ...erase, [column]: code });
    }
  }
}

/** Erases the person from one table. Returns the ids of the rows whose words are gone. */
async function eraseRows(manager: EntityManager, table: PersonalTable, erasure: Erasure): Promise<string[]> {
  const { metadata, erase, erased } = table;
  if (erase === 'keep') return [];
  const own = rowsOf(table, [erasure.personId]);
  if (erase === 'delete') {
    await manager
      .createQueryBuilder()
      .delete()
      .from(metadata.target)
      .where(...own.named())
      .execute();
    return [];
  }
  if (!erased) return blank(manager, metadata, own, erase, erasure);
  // Of two persons who share a row and are erased at once, the second must see that the first is gone.
  const shared = await find(manager, metadata, anyOf([own, erased(erasure.personId)])).getMany();
  await lockRows<{ id: string }>(
    manager,
    metadata.target,
    shared.map(({ id }) => id as string),
    'change',
  );
  return blank(manager, metadata, erased(erasure.personId), erase, erasure);
}

type Derived = (row: Row, erasure: Erasure) => unknown;

/** Changes the rows with this condition. Returns their ids. */
async function blank(
  manager: EntityManager,
  metadata: EntityMetadata,
  condition: Sql,
  blanks: Blanks<Row>,
  erasure: Erasure,
): Promise<string[]> {
  const rows = await find(manager, metadata, condition).getMany();
  for (const row of rows) {
    const values: Row = {};
    for (const [column, value] of Object.entries(blanks))
      values[column] = typeof value === 'function' ? (value as Derived)(row, erasure) : value;
    await manager.update(metadata.target, metadata.getEntityIdMap(row)!, values);
  }
  return rows.map(({ id }) => id as string);
}
