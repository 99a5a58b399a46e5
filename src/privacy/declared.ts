// The tables that tell of a person or of a subject, as their entities declare it with @OfPerson and @OfSubject.
import type { DataSource, EntityManager, EntityMetadata, SelectQueryBuilder } from 'typeorm';
import {
  EVERY_KIND,
  type PersonalRecord,
  personalRecordOf,
  type Row,
  type SubjectRecord,
  subjectRecordOf,
} from '../access/person';
import { isIn, type Sql, sql } from '../lib/sql';

/** A table and what it declares. */
export interface PersonalTable extends PersonalRecord<Row> {
  metadata: EntityMetadata;
}
export interface SubjectTable extends SubjectRecord<Row> {
  metadata: EntityMetadata;
}

/** The tables that tell of this kind of person: that of their own record, then the others as `data-source.ts` has them. */
export function personalTables(source: DataSource, person: string): PersonalTable[] {
  const tables = entitiesOf(source).flatMap((entity) => {
    const declared = personalRecordOf(entity);
    return declared?.person === person || declared?.person === EVERY_KIND
      ? [{ metadata: source.getMetadata(entity), ...declared }]
      : [];
  });
  return tables.sort((a, b) => Number(b.owner === 'id') - Number(a.owner === 'id'));
}

/** The tables that tell of subjects of tokens. */
export function subjectTables(source: DataSource): SubjectTable[] {
  return entitiesOf(source).flatMap((entity) => {
    const declared = subjectRecordOf(entity);
    return declared ? [{ metadata: source.getMetadata(entity), ...declared }] : [];
  });
}

/** In the order of the list; TypeORM's own order is that in which files happen to be loaded. */
const entitiesOf = (source: DataSource) => source.options.entities as (new () => object)[];

/** The condition of the rows that are of some persons; columns stand without an alias. */
export function rowsOf({ metadata, owner }: PersonalTable, personIds: readonly string[]): Sql {
  return typeof owner === 'function'
    ? sql`(${owner(personIds)})`
    : isIn(columnOf(metadata, owner), personIds);
}

/** The name of a column in the database. */
export function columnOf(metadata: EntityMetadata, property: string): string {
  return metadata.findColumnWithPropertyName(property)!.databaseName;
}

/** A query of the rows with this condition, by their keys. */
export function find(
  manager: EntityManager,
  { tableName, target, primaryColumns }: EntityMetadata,
  condition: Sql,
): SelectQueryBuilder<Row> {
  const rows = manager.createQueryBuilder<Row>(target, tableName).where(...condition.named());
  for (const { propertyName } of primaryColumns) rows.addOrderBy(`${tableName}.${propertyName}`);
  return rows;
}
