// Every table that may tell of a person declares it: whose it is, and what erasure, export and audit trail do with it. A
// second kind of person needs a declaration on its tables, a mutation that erases it, and a record of its kind here.
import 'reflect-metadata';
import { getNamedType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { DataSource, Entity, type EntityMetadata } from 'typeorm';
import {
  OfPerson,
  OfSubject,
  personalRecordOf,
  PERSONS,
  PSEUDONYM,
  subjectRecordOf,
} from '../../src/access/person';
import { personalFieldsOf } from '../../src/access/personal';
import { Reference } from '../../src/access/reference';
import type { Shown } from '../../src/access/scope';
import { engine } from '../../src/config/database-location';
import { dataSourceOptions } from '../../src/data-source';
import { Key, OptionalText, Text } from '../../src/database/columns';
import { EVENTS, type EventName } from '../../src/events/catalogue';
import { LoggedEvent } from '../../src/events/event.entity';
import { Node } from '../../src/graphql/node';
import { newId } from '../../src/lib/ids';
import { about } from '../../src/privacy/audit';
import { columnOf, type PersonalTable, personalTables, subjectTables } from '../../src/privacy/declared';
import { erasePerson } from '../../src/privacy/erasure';
import { recordsOf } from '../../src/privacy/export';
import { entities, Topic } from '../../src/registry/topic/topic.entity';
import { makeSchema } from '../../src/schema';
import { locationOf, makeEmptyDatabase } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import { must, newOfficial, noted } from '../support/world';

@Entity()
@OfPerson<Juror>({
  person: 'juror',
  owner: 'id',
  erase: { fullName: PSEUDONYM, email: null, erasedAt: (_juror, { at }) => at.toISOString() },
  export: { as: 'juror', without: ['erasedAt'] },
  audit: ['own events'],
})
class Juror extends Node {
  static readonly idPrefix = 'juror';
  static readonly shown: Shown = { by: 'official.read', rows: (scope) => scope.all() };

  @Text()
  fullName!: string;

  @OptionalText()
  email!: string | null;

  @OptionalText()
  erasedAt!: string | null;
}

@Entity()
@OfPerson<Verdict>({
  person: 'juror',
  owner: 'jurorId',
  erase: { title: ({ title }, { code }) => `${title.length} letters of ${code}` },
  export: { as: 'verdicts', names: { topic: ['topicId', 'name'] } },
  audit: ['own events', { of: 'topicId', events: ['topic.added', 'unit.opened'] satisfies EventName[] }],
})
class Verdict extends Node {
  static readonly idPrefix = 'verdict';

  @Reference(() => Juror)
  jurorId!: string;

  @Reference(() => Topic)
  topicId!: string;

  @Text()
  title!: string;
}

@Entity()
@OfPerson<Hobby>({
  person: 'juror',
  owner: 'jurorId',
  erase: 'delete',
  export: { as: 'hobbies' },
  audit: [],
})
@OfSubject<Hobby>('subject', {})
class Hobby {
  @Key()
  name!: string;

  @Reference(() => Juror)
  jurorId!: string;

  @OptionalText()
  subject!: string | null;
}

const SECOND_KIND = [Juror, Verdict, Hobby];

// What forgets to declare anything.

@Entity()
class Handout {
  @Key()
  id!: string;

  @Reference(() => Verdict)
  verdictId!: string;
}

@Entity()
class HandoutPage {
  @Key()
  id!: string;

  @Reference(() => Handout)
  handoutId!: string;
}

@Entity()
class Opinion {
  @Key()
  id!: string;

  @Text()
  aboutOfficialId!: string;
}

@Entity()
class Visitor {
  @Key()
  id!: string;

  @Text()
  fullName!: string;
}

@Entity()
class Vote {
  @Key()
  id!: string;

  @Text()
  actor!: string;
}

const FORGETFUL = [Handout, HandoutPage, Opinion, Visitor, Vote];

/** Columns whose very name says that they hold what identifies a person, or the subject of a token. */
const NAMES_PERSON = /^(full_name|given_name|family_name|date_of_birth|gender|email|phone|address)$/;
const NAMES_SUBJECT = /^(actor|subject)$/;

/** The tables that may tell of a person or a subject, and that do not declare it. */
function undeclared({ entityMetadatas }: DataSource): string[] {
  const isDeclared = ({ target }: EntityMetadata) => personalRecordOf(target as object) !== undefined;
  const kinds = entityMetadatas.flatMap(({ target }) => personalRecordOf(target as object)?.person ?? []);
  const namesPerson = new RegExp(`${NAMES_PERSON.source}|(^|_)(${kinds.join('|')})_ids?$`);
  const tells = new Set(
    entityMetadatas.filter(
      (each) => isDeclared(each) || each.columns.some(({ databaseName }) => namesPerson.test(databaseName)),
    ),
  );
  for (let before = -1; before < tells.size;) {
    before = tells.size;
    for (const each of entityMetadatas)
      if (each.foreignKeys.some(({ referencedEntityMetadata }) => tells.has(referencedEntityMetadata)))
        tells.add(each);
  }
  const subjects = entityMetadatas.filter(
    ({ target, columns }) =>
      !subjectRecordOf(target as object) &&
      columns.some(({ databaseName }) => NAMES_SUBJECT.test(databaseName)),
  );
  return [...[...tells].filter((each) => !isDeclared(each)), ...subjects].map(({ name }) => name).sort();
}

/** A database of the registry with tables of these entities besides. */
async function databaseWith(more: (new () => object)[], folder = folderOfItsOwn()): Promise<DataSource> {
  await makeEmptyDatabase(folder);
  const options = dataSourceOptions(locationOf(folder));
  const entities = [...(options.entities as (new () => object)[]), ...more];
  const source = await new DataSource({ ...options, entities }).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.synchronize();
  return source;
}

let source: DataSource;
let forgetful: DataSource;
beforeAll(async () => {
  source = await databaseWith(SECOND_KIND);
  forgetful = await databaseWith([...SECOND_KIND, ...FORGETFUL]);
});
afterAll(async () => {
  await source.destroy();
  await forgetful.destroy();
  await removeFolders();
});

describe('a table that may tell of a person', () => {
  it('declares it', () => {
    expect(undeclared(source)).toEqual([]);
  });

  it('is found where it does not: by a reference, through a parent, by an id or by a name', () => {
    expect(undeclared(forgetful)).toEqual(FORGETFUL.map(({ name }) => name).sort());
  });

  it('has an entity, which is what can declare it', async () => {
    const query =
      engine === 'postgres'
        ? "SELECT table_name AS name FROM information_schema.columns WHERE column_name LIKE '%official_id%' AND table_schema = 'public'"
        : "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE c.name LIKE '%official_id%' AND m.type = 'table'";
    const declared = personalTables(source, 'official').map(({ metadata }) => metadata.tableName);
    const tables = (await source.query<{ name: string }[]>(query)).map(({ name }) => name);
    expect(tables).toContain('enrolment');
    expect(tables.filter((table) => !declared.includes(table))).toEqual([]);
  });

  it('exists for each type with a personal field', () => {
    const types = new Set(personalFieldsOf(makeSchema()).map(([path]) => path.split('.')[0]!));
    const declared = personalTables(source, 'official').map(({ metadata }) => metadata.name);
    expect([...types].filter((type) => !declared.includes(type))).toEqual([]);
  });
});

/**
 * The fields of a person's own record that could tell who they are, and that are not \`@Personal\` or not erased: all texts
 * and days, whatever their names, and whatever else an erasure blanks.
 */
function unguarded(schema: GraphQLSchema, { metadata, erase }: PersonalTable): string[] {
  const type = schema.getType(metadata.name) as GraphQLObjectType;
  const told = Object.values(type.getFields()).filter(
    ({ name }) => metadata.findColumnWithPropertyName(name) && !['id', 'version', 'erasedAt'].includes(name),
  );
  return told
    .filter(({ name, type, extensions }) => {
      const tells = name in (erase as object) || /^(String|Date|DateTime)$/.test(getNamedType(type).name);
      return tells && !(extensions.personal && name in (erase as object));
    })
    .map(({ name }) => name);
}

describe('a field of the own record of a person', () => {
  /** Of each kind that the schema has. */
  const own = () =>
    PERSONS.flatMap((person) => personalTables(source, person)).filter(
      ({ owner, metadata }) => owner === 'id' && makeSchema().getType(metadata.name),
    );

  it('is personal and erased where it could tell who they are, whatever it is called', () => {
    for (const table of own()) expect(unguarded(makeSchema(), table)).toEqual([]);
  });

  it('is found where it is one and not the other', () => {
    const [official] = own();
    const { email: _email, ...forgotten } = official!.erase as object & { email: null };
    expect(unguarded(makeSchema(), { ...official!, erase: forgotten })).toEqual(['email']);
    const schema = makeSchema();
    const field = (schema.getType('Official') as GraphQLObjectType).getFields().fullName!;
    field.extensions = {};
    expect(unguarded(schema, official!)).toEqual(['fullName']);
  });
});

describe.each(['official', 'juror'])('what the tables of a kind of person declare: %s', (person) => {
  const tables = () => personalTables(source, person);

  it('is of persons whose own record is one table, named by the prefix of its ids', () => {
    const own = tables().filter(({ owner }) => owner === 'id');
    expect(own.map(({ metadata }) => (metadata.target as { idPrefix?: string }).idPrefix)).toEqual([person]);
    expect(own[0]!.audit).toContain('own events');
    expect(own[0]!.metadata.target).toHaveProperty('shown');
    expect(own[0]!.erase).toHaveProperty('erasedAt');
  });

  it('gives each section once, each part to a section, and names by references', () => {
    const sections = tables().flatMap(({ export: given }) => ('as' in given ? given.as : []));
    expect(sections).toEqual([...new Set(sections)]);
    for (const { metadata, export: given } of tables()) {
      if ('within' in given) expect([...sections, 'reads']).toContain(given.within);
      const names = 'as' in given ? Object.values(given.names ?? {}) : given.list ? [given.list.name] : [];
      const referring = metadata.foreignKeys.map(({ columns }) => columns[0]!.propertyName);
      expect(referring).toEqual(expect.arrayContaining(names.map(([id]) => id)));
    }
  });

  it('names events of the catalogue', () => {
    const events = tables().flatMap(({ audit }) =>
      audit.flatMap((rule) => (rule === 'own events' ? [] : rule.events)),
    );
    expect(EVENTS).toEqual(expect.arrayContaining(events));
  });
});

describe('a second kind of person', () => {
  const jurorId = newId('juror');
  const [topicId, verdictId] = [newId('topic'), newId('verdict')];
  const another = newId('juror');
  const code = `an-danh-${jurorId.slice('juror_'.length)}`;

  beforeAll(async () => {
    const { manager } = source;
    await manager.insert(Topic, { id: topicId, code: 'L1', name: 'Quy hoạch', isPriority: false });
    for (const id of [jurorId, another])
      await manager.insert(Juror, { id, fullName: 'Trần Văn Mẫu', email: 'mau@canbo.example' });
    await manager.insert(Verdict, { id: verdictId, jurorId, topicId, title: 'Chợ đêm' });
    await manager.insert(Hobby, { name: 'cờ tướng', jurorId, subject: null });
    await manager.insert(Hobby, { name: 'câu cá', jurorId: another, subject: 'lan@canbo.example' });
    const events: [EventName, string][] = [
      ['cohort.planned', verdictId],
      ['topic.added', topicId],
      ['unit.opened', another],
    ];
    for (const [name, subjectId] of events)
      await source.query(`INSERT INTO event (name, occurred_at, actor, subject_id, unit_ids, changes)
        VALUES ('${name}', '2024-01-01 00:00:00', 'lan@canbo.example', '${subjectId}', '[]', '[]')`);
  });

  it('is exported', async () => {
    expect(await recordsOf(source.manager, 'juror', jurorId)).toEqual({
      juror: { id: jurorId, fullName: 'Trần Văn Mẫu', email: 'mau@canbo.example' },
      verdicts: [{ id: verdictId, jurorId, topicId, title: 'Chợ đêm', topic: 'Quy hoạch' }],
      hobbies: [{ name: 'cờ tướng', jurorId, subject: null }],
      sources: [],
      mergedRecords: [],
    });
  });

  it('has an audit trail', async () => {
    const events = await source.manager
      .createQueryBuilder(LoggedEvent, 'entry')
      .where(...about(source, 'juror', [jurorId]).named())
      .orderBy('entry.seq')
      .getMany();
    expect(events.map(({ name }) => name)).toEqual(['cohort.planned', 'topic.added']);
  });

  it('is erased, and the subject of their tokens with them, and nobody else', async () => {
    const theirs = await recordsOf(source.manager, 'juror', another);
    await erasePerson(source.manager, 'juror', jurorId, ['lan@canbo.example'], new Date());
    expect(await recordsOf(source.manager, 'juror', jurorId)).toEqual({
      juror: { id: jurorId, fullName: PSEUDONYM, email: null },
      verdicts: [{ id: verdictId, jurorId, topicId, title: `7 letters of ${code}`, topic: 'Quy hoạch' }],
      hobbies: [],
      sources: [],
      mergedRecords: [],
    });
    expect(await recordsOf(source.manager, 'juror', another)).toEqual({
      ...theirs,
      hobbies: [{ name: 'câu cá', jurorId: another, subject: code }],
    });
    for (const { metadata, column } of subjectTables(source)) {
      const left = `SELECT 1 FROM ${metadata.tableName} WHERE ${columnOf(metadata, column)} = 'lan@canbo.example'`;
      expect(await source.query<unknown[]>(left)).toEqual([]);
    }
  });
});

describe('a second kind of person, through the API', () => {
  const jurorId = newId('juror');
  const verdictId = newId('verdict');
  let server: TestServer;

  beforeAll(async () => {
    (entities as object[]).push(...SECOND_KIND);
    const folder = folderOfItsOwn();
    const { manager } = await databaseWith(SECOND_KIND, folder);
    const topicId = newId('topic');
    await manager.insert(Topic, { id: topicId, code: 'L1', name: 'Quy hoạch', isPriority: false });
    await manager.insert(Juror, { id: jurorId, fullName: 'Trần Văn Mẫu', email: null });
    await manager.insert(Verdict, { id: verdictId, jurorId, topicId, title: 'Chợ đêm' });
    await manager.dataSource.destroy();
    server = await startTestServer({ folder });
    for (const subjectId of [verdictId, jurorId])
      await must(server, 'nameSource', { subjectId, title: 'Bài báo' }, 'cursor');
  });
  afterAll(async () => {
    entities.splice(-SECOND_KIND.length);
    await server.stop();
  });

  const exported = async () =>
    (await server.ask(`{ exportPersonalData(officialId: "${jurorId}") }`)).data.exportPersonalData;

  it('is exported, with their sources', async () => {
    expect(await exported()).toMatchObject({
      juror: { fullName: 'Trần Văn Mẫu' },
      verdicts: [{ id: verdictId }],
      sources: [{ subjectId: verdictId }, { subjectId: jurorId }],
      changes: [{ name: 'source.named' }, { name: 'source.named' }],
    });
  });

  it('is found in the audit trail, and in the log of who read of them', async () => {
    const trail = `{ auditTrail(filter: { officialIds: ["${jurorId}"], kinds: [CHANGE] }) { action } }`;
    const { auditTrail } = (await server.ask(trail)).data;
    expect(auditTrail).toEqual([{ action: 'source.named' }, { action: 'source.named' }]);
    await newOfficial(server); // whose reading is what noted() waits for
    await noted(server);
    const log = `{ dataAccessLog(officialId: "${jurorId}") { nodes { operation officialIds } } }`;
    expect((await server.ask(log)).data.dataAccessLog.nodes).toEqual([
      { operation: 'query { auditTrail }', officialIds: [jurorId] },
      { operation: 'query { exportPersonalData }', officialIds: [jurorId] },
    ]);
  });

  it('is nobody to a caller who may not see them', async () => {
    const query = `{ sources(subjectId: "${verdictId}") { title } }`;
    expect((await server.ask(query)).data.sources).toEqual([{ title: 'Bài báo' }]);
    expect((await server.ask(query, {}, { as: 'VIEWER' })).data.sources).toEqual([]);
  });

  it('is erased, and their sources with them', async () => {
    const { database } = server.running.services;
    await database.transaction((manager) => erasePerson(manager, 'juror', jurorId, [], new Date()));
    expect(await exported()).toMatchObject({
      juror: { fullName: PSEUDONYM },
      sources: [{ title: PSEUDONYM }, { title: PSEUDONYM }],
    });
  });
});
