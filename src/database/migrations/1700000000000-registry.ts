// First migration: the tables of the event log and of the registry.
import { randomBytes } from 'node:crypto';
import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  type TableColumnOptions,
  type TableForeignKeyOptions,
  type TableIndexOptions,
} from 'typeorm';

interface Definition {
  name: string;
  columns: TableColumnOptions[];
  /** Foreign keys: the table that each column points to. */
  references?: Record<string, string>;
  indices?: TableIndexOptions[];
  /** Checks: the values that each column may have. */
  oneOf?: Record<string, string[]>;
  checks?: string[];
}

const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  ...more,
});
const maybe = (name: string): TableColumnOptions => text(name, { isNullable: true });
const id: TableColumnOptions = text('id', { isPrimary: true });
const key = (name: string): TableColumnOptions => text(name, { isPrimary: true });
const serial = (name: string): TableColumnOptions => ({
  name,
  type: 'integer',
  isPrimary: true,
  isGenerated: true,
  generationStrategy: 'increment',
});
const whole = (name: string, isNullable = false): TableColumnOptions => ({
  name,
  type: 'integer',
  isNullable,
});
const flag = (name: string): TableColumnOptions => ({ name, type: 'boolean' });
const day = (name: string, isNullable = false): TableColumnOptions => ({ name, type: 'date', isNullable });
const json = (name: string): TableColumnOptions => ({ name, type: 'text' });
const index = (...columnNames: string[]): TableIndexOptions => ({ columnNames });
const unique = (...columnNames: string[]): TableIndexOptions => ({ columnNames, isUnique: true });

const UNIT_KINDS =
  'MUNICIPALITY PROVINCE MUNICIPAL_CITY PROVINCIAL_CITY URBAN_DISTRICT RURAL_DISTRICT TOWN WARD COMMUNE TOWNSHIP SPECIAL_ZONE DEPARTMENT PARTY_BODY COMMITTEE OTHER'.split(
    ' ',
  );
const CATEGORIES = ['CADRE', 'CIVIL_SERVANT', 'PUBLIC_EMPLOYEE'];
const LOCATIONS = ['DOMESTIC', 'ABROAD', 'COMBINED'];
/** Bytewise collation, explicit on PostgreSQL; SQLite has no other. */
const bytewise = (column: TableColumnOptions): TableColumnOptions =>
  column.type === 'varchar' ? { ...column, collation: 'C' } : column;
/** Tables whose `search` column has a trigram index. */
const SEARCHED = ['unit', 'official', 'programme', 'cohort'];

function definitions(instant: string): Definition[] {
  const at = (name: string, isNullable = false): TableColumnOptions => ({ name, type: instant, isNullable });
  return [
    {
      name: 'event',
      columns: [
        serial('seq'),
        text('name'),
        at('occurred_at'),
        maybe('actor'),
        maybe('request'),
        text('subject_id'),
        maybe('cohort_id'),
        maybe('programme_id'),
        maybe('university_id'),
        json('unit_ids'),
        json('changes'),
      ],
      indices: [index('name'), index('occurred_at')],
    },
    { name: 'event_log', columns: [id, whole('purged_through')] },
    {
      name: 'answered_mutation',
      columns: [
        key('actor'),
        key('key'),
        text('input_hash'),
        json('subjects'),
        whole('seq'),
        at('answered_at'),
      ],
      indices: [index('answered_at')],
    },
    {
      name: 'unit',
      columns: [
        id,
        text('code'),
        text('kind'),
        text('name'),
        maybe('name_en'),
        day('valid_from', true),
        day('valid_to', true),
        maybe('parent_id'),
        text('search'),
        text('name_key'),
      ],
      references: { parent_id: 'unit' },
      indices: [unique('code', 'valid_from'), index('parent_id'), index('name_key')],
      oneOf: { kind: UNIT_KINDS },
    },
    {
      name: 'unit_ancestor',
      columns: [key('unit_id'), key('ancestor_id'), whole('distance')],
      references: { unit_id: 'unit', ancestor_id: 'unit' },
      indices: [index('ancestor_id', 'unit_id')],
    },
    {
      name: 'unit_succession',
      columns: [
        serial('no'),
        text('predecessor_id'),
        maybe('successor_id'),
        day('effective_on'),
        text('kind'),
        flag('is_partial'),
        maybe('note'),
      ],
      references: { predecessor_id: 'unit', successor_id: 'unit' },
      indices: [index('predecessor_id'), index('successor_id')],
      oneOf: { kind: ['MERGED', 'SPLIT', 'RENAMED', 'TRANSFERRED', 'DISSOLVED'] },
    },
    {
      name: 'position',
      columns: [id, text('code', { isUnique: true }), text('title'), maybe('title_en'), flag('is_key')],
    },
    {
      name: 'topic',
      columns: [id, text('code', { isUnique: true }), text('name'), maybe('name_en'), flag('is_priority')],
    },
    {
      name: 'official',
      columns: [
        id,
        text('code', { isUnique: true }),
        text('full_name'),
        text('category'),
        maybe('gender'),
        day('date_of_birth', true),
        maybe('email'),
        maybe('grade'),
        whole('version'),
        at('created_at'),
        text('search'),
        text('name_key'),
      ],
      indices: [index('created_at'), index('name_key')],
      oneOf: { category: CATEGORIES, gender: ['FEMALE', 'MALE', 'OTHER'] },
    },
    {
      name: 'assignment',
      columns: [
        id,
        text('official_id'),
        text('unit_id'),
        text('position_id'),
        flag('is_managerial'),
        day('valid_from'),
        day('valid_to', true),
      ],
      references: { official_id: 'official', unit_id: 'unit', position_id: 'position' },
      indices: [index('official_id', 'valid_from'), index('unit_id', 'position_id')],
    },
    {
      name: 'university',
      columns: [
        id,
        text('code', { isUnique: true }),
        text('name'),
        maybe('name_en'),
        maybe('abbreviation'),
        maybe('website'),
        whole('version'),
        text('name_key'),
      ],
      indices: [index('name_key')],
    },
    {
      name: 'partnership',
      columns: [
        id,
        text('unit_id'),
        text('university_id'),
        text('title'),
        day('signed_on', true),
        day('valid_from', true),
        day('valid_to', true),
        json('areas'),
        text('title_key'),
      ],
      references: { unit_id: 'unit', university_id: 'university' },
      indices: [index('unit_id'), index('university_id')],
    },
    {
      name: 'partnership_topic',
      columns: [key('partnership_id'), key('topic_id')],
      references: { partnership_id: 'partnership', topic_id: 'topic' },
    },
    {
      name: 'programme',
      columns: [
        id,
        text('code', { isUnique: true }),
        text('name'),
        maybe('name_en'),
        text('kind'),
        maybe('degree_level'),
        text('content_group'),
        text('basis'),
        text('location'),
        whole('periods', true),
        json('objectives'),
        maybe('university_id'),
        whole('version'),
        text('search'),
        text('name_key'),
      ],
      references: { university_id: 'university' },
      indices: [index('university_id'), index('name_key')],
      oneOf: {
        kind: ['DEGREE', 'REFRESHER', 'EXCHANGE'],
        degree_level: ['BACHELOR', 'MASTER', 'DOCTORATE'],
        content_group: ['POLITICAL_THEORY', 'DEFENCE_SECURITY', 'STATE_MANAGEMENT', 'PROFESSIONAL_SKILLS'],
        basis: ['RANK_STANDARD', 'TITLE_STANDARD', 'JOB_POSITION', 'TOPICAL'],
        location: LOCATIONS,
      },
    },
    {
      name: 'programme_topic',
      columns: [key('programme_id'), key('topic_id')],
      references: { programme_id: 'programme', topic_id: 'topic' },
      indices: [index('topic_id', 'programme_id')],
    },
    {
      name: 'programme_partner',
      columns: [serial('no'), text('programme_id'), text('role'), maybe('unit_id'), maybe('university_id')],
      references: { programme_id: 'programme', unit_id: 'unit', university_id: 'university' },
      indices: [index('programme_id')],
      oneOf: { role: ['LEAD', 'COORDINATING', 'DELIVERING', 'CO_DESIGN', 'COMMISSIONING', 'FUNDING'] },
      checks: ['(unit_id IS NULL) <> (university_id IS NULL)'],
    },
    {
      name: 'cohort',
      columns: [
        id,
        text('code', { isUnique: true }),
        text('name'),
        text('programme_id'),
        text('host_unit_id'),
        maybe('university_id'),
        maybe('period_label'),
        day('starts_on'),
        day('ends_on', true),
        whole('capacity', true),
        text('status'),
        text('location'),
        maybe('cancellation_reason'),
        whole('version'),
        at('created_at'),
        at('updated_at'),
        text('search'),
        text('name_key'),
      ],
      references: { programme_id: 'programme', host_unit_id: 'unit', university_id: 'university' },
      indices: [
        index('starts_on', 'id'),
        index('programme_id'),
        index('host_unit_id'),
        index('university_id'),
        index('updated_at'),
        index('name_key'),
      ],
      oneOf: {
        status: ['PLANNED', 'ENROLLING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'],
        location: LOCATIONS,
      },
    },
    {
      name: 'enrolment',
      columns: [
        id,
        text('official_id'),
        text('cohort_id'),
        text('status'),
        text('unit_at_enrolment_id'),
        text('category_at_enrolment'),
        at('created_at'),
        at('updated_at'),
      ],
      references: { official_id: 'official', cohort_id: 'cohort', unit_at_enrolment_id: 'unit' },
      indices: [
        unique('cohort_id', 'official_id'),
        index('cohort_id', 'created_at'),
        index('official_id', 'created_at'),
        index('unit_at_enrolment_id'),
      ],
      oneOf: {
        status: ['NOMINATED', 'ACCEPTED', 'DECLINED', 'STUDYING', 'COMPLETED', 'NOT_COMPLETED', 'WITHDRAWN'],
        category_at_enrolment: CATEGORIES,
      },
    },
    {
      name: 'graduate',
      columns: [
        id,
        text('enrolment_id'),
        text('cohort_id'),
        text('official_id'),
        text('unit_id'),
        day('graduated_on'),
        maybe('credential_number'),
        maybe('classification'),
        maybe('thesis_kind'),
        maybe('thesis_title'),
        maybe('thesis_local_problem'),
        maybe('thesis_unit_id'),
        at('created_at'),
        at('revoked_at', true),
        maybe('revocation_reason'),
      ],
      references: {
        enrolment_id: 'enrolment',
        cohort_id: 'cohort',
        official_id: 'official',
        unit_id: 'unit',
        thesis_unit_id: 'unit',
      },
      indices: [
        { ...unique('enrolment_id'), where: 'revoked_at IS NULL' },
        index('graduated_on', 'id'),
        index('cohort_id', 'graduated_on'),
        index('official_id', 'graduated_on'),
        index('unit_id'),
      ],
      oneOf: {
        classification: ['EXCELLENT', 'VERY_GOOD', 'GOOD', 'AVERAGE', 'PASS'],
        thesis_kind: ['THESIS', 'PROJECT'],
      },
    },
    {
      name: 'thesis_topic',
      columns: [key('graduate_id'), key('topic_id')],
      references: { graduate_id: 'graduate', topic_id: 'topic' },
    },
  ];
}

function foreignKeys(references: Record<string, string>): TableForeignKeyOptions[] {
  return Object.entries(references).map(([column, referencedTableName]) => ({
    columnNames: [column],
    referencedTableName,
    referencedColumnNames: ['id'],
  }));
}

export class Registry1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    for (const { name, columns, references = {}, indices = [], oneOf = {}, checks = [] } of definitions(
      sqlite ? 'datetime' : 'timestamptz',
    )) {
      await runner.createTable(
        new Table({
          name,
          columns: sqlite ? columns : columns.map(bytewise),
          indices,
          foreignKeys: foreignKeys(references),
          checks: [
            ...Object.entries(oneOf).map(
              ([column, values]) => `${column} IN (${values.map((value) => `'${value}'`).join(', ')})`,
            ),
            ...checks,
          ].map((expression) => ({ expression })),
        }),
      );
    }
    for (const table of SEARCHED) await (sqlite ? trigramTable : trigramIndex)(runner, table);
    const logId = randomBytes(8).toString('hex');
    await runner.query(`INSERT INTO event_log (id, purged_through) VALUES ('${logId}', 0)`);
  }

  /** Not supported: there is no earlier state. */
  async down(): Promise<void> {
    return Promise.reject(new Error('The first migration cannot be undone; restore a backup.'));
  }
}

/**
 * An FTS5 table beside the searched one, updated by triggers. It contains the id instead of the rowid, because VACUUM
 * may renumber the rows of a table without an integer key.
 */
export async function trigramTable(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(
    `CREATE VIRTUAL TABLE ${table}_search USING fts5(id UNINDEXED, search, tokenize = 'trigram')`,
  );
  await runner.query(`CREATE TRIGGER ${table}_search_insert AFTER INSERT ON ${table} BEGIN
    INSERT INTO ${table}_search (id, search) VALUES (new.id, new.search); END`);
  await runner.query(`CREATE TRIGGER ${table}_search_update AFTER UPDATE OF search ON ${table}
    WHEN old.search <> new.search BEGIN
    UPDATE ${table}_search SET search = new.search WHERE id = new.id; END`);
  await runner.query(`CREATE TRIGGER ${table}_search_delete AFTER DELETE ON ${table} BEGIN
    DELETE FROM ${table}_search WHERE id = old.id; END`);
}

export async function trigramIndex(runner: QueryRunner, table: string): Promise<void> {
  await runner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
  await runner.query(`CREATE INDEX ${table}_search ON ${table} USING gin (search gin_trgm_ops)`);
}
