// The export of everything held about a person, as JSON: the rows of every table that declares it, and what the logs say.
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Row, Section } from '../access/person';
import { DataAccess } from '../access/data-access.entity';
import { LoggedEvent } from '../events/event.entity';
import { isIn, type Sql, sql } from '../lib/sql';
import { about } from './audit';
import { find, type PersonalTable, personalTables, rowsOf } from './declared';

/** A key that the export adds to a row, and its value. */
type Added = [key: string, valueIn: (row: Row) => unknown];

/**
 * Everything that is held about a person, for themselves: the records that tell of them, what was changed of these and
 * of their classes, who read of them, and what they did and read as the subject of a token.
 * @param person the kind of person.
 * @param subjects those under which the person acts.
 */
export async function personalData(
  manager: EntityManager,
  person: string,
  personId: string,
  subjects: readonly string[],
): Promise<object> {
  const changes = await inPages(eventsWhere(manager, about(manager.dataSource, person, [personId])));
  const seen = sql`SELECT access_id FROM data_access_person WHERE official_id = ${personId}`;
  const acts = await inPages(eventsWhere(manager, isIn('entry.actor', subjects)));
  return {
    ...(await recordsOf(manager, person, personId)),
    changes: changes.map(({ name, occurredAt, subjectId, changes }) => ({
      name,
      occurredAt,
      recordId: subjectId,
      changes,
    })),
    reads: await inPages(readsWhere(manager, sql`entry.id IN (${seen})`)),
    // Of what they did and read, not what it was: that may be about others, whom they need not see any more.
    changesMade: acts.map(({ name, actor, occurredAt, request, subjectId }) => ({
      name,
      subject: actor,
      occurredAt,
      recordId: subjectId,
      requestId: request,
    })),
    readsMade: await inPages(readsWhere(manager, isIn('entry.subject', subjects))),
  };
}

const eventsWhere = (manager: EntityManager, condition: Sql) =>
  manager
    .createQueryBuilder(LoggedEvent, 'entry')
    .where(...condition.named())
    .orderBy('entry.seq');
const readsWhere = (manager: EntityManager, condition: Sql) =>
  manager
    .createQueryBuilder(DataAccess, 'entry')
    .where(...condition.named())
    .orderBy('entry.occurredAt')
    .addOrderBy('entry.id');

/** The records that tell of a person, by the section that each table declares. @param person the kind of person. */
export async function recordsOf(
  manager: EntityManager,
  person: string,
  personId: string,
): Promise<Record<string, unknown>> {
  const found = new Map<PersonalTable, Row[]>();
  for (const table of personalTables(manager.dataSource, person)) {
    if ('within' in table.export && !table.export.list) continue;
    found.set(table, await inPages(find(manager, table.metadata, rowsOf(table, [personId]))));
  }
  const records: Record<string, unknown> = {};
  for (const [table, rows] of found) {
    if ('within' in table.export) continue;
    const { as, without = [], own = [] } = table.export;
    const added = await addedTo(manager, table, table.export, found);
    const given = rows.map((row) => {
      const entry: Row = { ...row };
      for (const column of [...without, ...own]) delete entry[column];
      for (const [key, valueIn] of added) entry[key] = valueIn(row);
      return entry;
    });
    records[as] = table.owner === 'id' ? given[0] : given;
  }
  return records;
}

/** What a section adds to its rows: names of other records, lists of its parts, ids that are the person's own. */
async function addedTo(
  manager: EntityManager,
  table: PersonalTable,
  { as, names = {}, own = [] }: Section<Row>,
  found: Map<PersonalTable, Row[]>,
): Promise<Added[]> {
  const added: Added[] = [];
  for (const [key, [id, name]] of Object.entries(names))
    added.push([key, await namesOf(manager, table, found.get(table)!, id, name)]);
  for (const [part, rows] of found) {
    if (!('within' in part.export) || part.export.within !== as || !part.export.list) continue;
    const { as: key, of, name } = part.export.list;
    const nameIn = await namesOf(manager, part, rows, ...name);
    added.push([key, ({ id }) => rows.filter((row) => row[of] === id).map(nameIn)]);
  }
  const theirs = new Set([...found.values()].flat().map(({ id }) => id));
  return [...added, ...own.map((id): Added => [id, (row) => (theirs.has(row[id]) ? row[id] : null)])];
}

const CHUNK = 500;

/** All rows, some at a time: thousands made objects of at once would leave nobody else a turn. */
async function inPages<T extends object>(rows: SelectQueryBuilder<T>): Promise<T[]> {
  const found: T[] = [];
  for (let some = CHUNK; some === CHUNK;) {
    const page = await rows.clone().offset(found.length).limit(CHUNK).getMany();
    found.push(...page);
    some = page.length;
  }
  return found;
}

/** The name of what each row refers to by a column, which is null where that is. */
async function namesOf(
  manager: EntityManager,
  { metadata }: PersonalTable,
  rows: Row[],
  column: string,
  name: string,
): Promise<(row: Row) => unknown> {
  const target = metadata.foreignKeys.find(
    ({ columns }) => columns[0]!.propertyName === column,
  )!.referencedEntityMetadata;
  const ids = [...new Set(rows.map((row) => row[column] as string | null).filter((id) => id !== null))];
  const names = new Map<unknown, unknown>();
  for (let i = 0; i < ids.length; i += CHUNK) {
    // A database takes only so many parameters in one statement.
    const some = await find(manager, target, isIn('id', ids.slice(i, i + CHUNK))).getMany();
    for (const row of some) names.set(row.id, row[name]);
  }
  return (row) => names.get(row[column]) ?? null;
}
