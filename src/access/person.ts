// What a table declares whose rows tell of a person: whose they are, and what export, erasure and audit trail do with
// them. src/privacy reads these declarations and knows no table by name.
import { Extensions } from 'type-graphql';
import type { Sql } from '../lib/sql';
import type { Shown } from './scope';

/** For a table whose rows may be of persons of any kind: their ids say of which. */
export const EVERY_KIND = 'every kind';

/** What stands after an erasure where words named a person. */
export const PSEUDONYM = 'Đã ẩn danh';

/** One erasure: whose, the code that replaces staff codes and subjects of tokens, and when. */
export interface Erasure {
  personId: string;
  code: string;
  at: Date;
}

type Column<T> = keyof T & string;
/** A row of any table, by property. */
export type Row = Record<string, unknown>;

/** The columns that an erasure changes, each to a value or to what follows from the row as it was. */
export type Blanks<T> = {
  readonly [K in Column<T>]?: T[K] | ((row: T, erasure: Erasure) => T[K]);
};

/** Where the export gives the rows: as a section of its own. */
export interface Section<T> {
  /** Its name: the key of a list of rows or, for the person's own record, of that one row. */
  as: string;
  /** Columns that only serve search and order. */
  without?: readonly Column<T>[];
  /** Names of other records to add, by key: the column with the id, and the property there that is the name. */
  names?: Readonly<Record<string, readonly [id: Column<T>, name: string]>>;
  /** Columns with ids of records that may be about others: null unless that record is this person's, too. */
  own?: readonly Column<T>[];
}

/** Where the export gives the rows: with another section, which is all it says or holds a list of names for each row. */
interface Part<T> {
  within: string;
  /** Its key in a row of the section, the column with the id of that row, and the name of what it refers to. */
  list?: { as: string; of: Column<T>; name: readonly [id: Column<T>, name: string] };
}

/** Events that are recorded of a parent for several persons at once, so that the log does not say whose rows they changed. */
interface ParentEvents<T> {
  /** The column with the id of the parent, which is the subject of the events. */
  of: Column<T>;
  /** The names of the events; `satisfies EventName[]`. */
  events: readonly string[];
  /** The column with the moment from which on they are about this row, too. */
  since?: Column<T>;
}

export interface PersonalRecord<T> {
  /** The kind of person, which is the prefix of their id, or EVERY_KIND. Exactly one table of each has `id` as its owner. */
  person: string;
  /** The column with the person's id, or the condition of the rows that are of some persons. */
  owner: Column<T> | ((personIds: readonly string[]) => Sql);
  /** What erasure does to the rows. */
  erase: 'keep' | 'delete' | Blanks<T>;
  /**
   * Rows that several persons share: the condition of those that an erasure changes, in place of all that are theirs.
   * The table is its own alias.
   */
  erased?: (personId: string) => Sql;
  export: Section<T> | Part<T>;
  /** What the audit trail lists of a person: the events of the rows themselves, those of a parent, or nothing. */
  audit: readonly ('own events' | ParentEvents<T>)[];
}

/**
 * What erasure does to the rows of a subject of a token, which often is a name or an address: it deletes them, or puts
 * the code of the erasure in place of the subject and changes what else is named.
 */
export interface SubjectRecord<T> {
  column: Column<T>;
  erase: 'delete' | Blanks<T>;
}

const ofPerson = new WeakMap<object, PersonalRecord<Row>>();
const ofSubject = new WeakMap<object, SubjectRecord<Row>>();
const kinds: string[] = [];

/** The kinds of persons that are declared: the prefixes of their ids. It grows while entities are loaded. */
export const PERSONS: readonly string[] = kinds;

/**
 * Marks a table whose rows tell of a person. Whoever is shown a row as a record of the schema is on the log of reads,
 * unless whose it is takes a condition.
 */
export function OfPerson<T extends object>(record: PersonalRecord<T>): (entity: new () => T) => void {
  return (entity) => {
    // One map holds the records of all entities; each was checked against its own columns above.
    ofPerson.set(entity, record as unknown as PersonalRecord<Row>);
    if (record.owner === 'id') kinds.push(record.person);
    const { shown } = entity as { shown?: Shown };
    const owner = typeof record.owner === 'string' ? record.owner : undefined;
    Extensions({ ofPerson: owner, shown })(entity);
  };
}

/** Marks a table whose rows tell under which subject of a token something was done. */
export function OfSubject<T extends object>(
  column: Column<T>,
  erase: SubjectRecord<T>['erase'],
): (entity: new () => T) => void {
  return (entity) => void ofSubject.set(entity, { column, erase });
}

/** What an entity declares with `@OfPerson`, if it does. */
export const personalRecordOf = (entity: object): PersonalRecord<Row> | undefined => ofPerson.get(entity);

/** The person whom a row is about, where its table declares one for each row. */
export function personIn(entity: object, row: object): string | null {
  const owner = personalRecordOf(entity)?.owner;
  return typeof owner === 'string' ? ((row as Record<string, string | null>)[owner] ?? null) : null;
}

/** What an entity declares with `@OfSubject`, if it does. */
export const subjectRecordOf = (entity: object): SubjectRecord<Row> | undefined => ofSubject.get(entity);
