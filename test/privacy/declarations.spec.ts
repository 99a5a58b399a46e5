// Every table that may tell of a person declares it: whose it is, and what erasure, export and audit trail do with it. A
// second kind of person needs a declaration on its tables and no other line.
import 'reflect-metadata';
import { DataSource, Entity, type EntityMetadata } from 'typeorm';
import { OfPerson, OfSubject, personalRecordOf, PSEUDONYM, subjectRecordOf } from '../../src/access/person';
import { personalFieldsOf } from '../../src/access/personal';
import { Reference } from '../../src/access/reference';
import { engine } from '../../src/config/config';
import { dataSourceOptions } from '../../src/data-source';
import { Key, OptionalText, Text } from '../../src/database/columns';
import { EVENTS, type EventName } from '../../src/events/catalogue';
import { LoggedEvent } from '../../src/events/event.entity';
import { Node } from '../../src/graphql/node';
import { newId } from '../../src/lib/ids';
import { about } from '../../src/privacy/audit';
import { columnOf, personalTables, subjectTables } from '../../src/privacy/declared';
import { erasePerson } from '../../src/privacy/erasure';
import { recordsOf } from '../../src/privacy/export';
import { Topic } from '../../src/registry/topic/topic.entity';
import { makeSchema } from '../../src/schema';
import { locationOf, makeEmptyDatabase } from '../support/database';
import { folderOfItsOwn, removeFolders } from '../support/starts';

@Entity()
@OfPerson<Lecturer>({
  person: 'lecturer',
  owner: 'id',
  erase: { fullName: PSEUDONYM, email: null },
  export: { as: 'lecturer' },
  audit: ['own events'],
})
class Lecturer extends Node {
  static readonly idPrefix = 'lecturer';

  @Text()
  fullName!: string;

  @OptionalText()
  email!: string | null;
}

@Entity()
@OfPerson<Lecture>({
  person: 'lecturer',
  owner: 'lecturerId',
  erase: { title: ({ title }, { code }) => `${title.length} letters of ${code}` },
  export: { as: 'lectures', names: { topic: ['topicId', 'name'] } },
  audit: ['own events', { of: 'topicId', events: ['topic.added', 'unit.opened'] satisfies EventName[] }],
})
class Lecture extends Node {
  @Reference(() => Lecturer)
  lecturerId!: string;

  @Reference(() => Topic)
  topicId!: string;

  @Text()
  title!: string;
}

@Entity()
@OfPerson<Hobby>({
  person: 'lecturer',
  owner: 'lecturerId',
  erase: 'delete',
  export: { as: 'hobbies' },
  audit: [],
})
@OfSubject<Hobby>('subject', {})
class Hobby {
  @Key()
  name!: string;

  @Reference(() => Lecturer)
  lecturerId!: string;

  @OptionalText()
  subject!: string | null;
}

const SECOND_KIND = [Lecturer, Lecture, Hobby];

// What forgets to declare anything.

@Entity()
class Handout {
  @Key()
  id!: string;

  @Reference(() => Lecture)
  lectureId!: string;
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
async function databaseWith(more: (new () => object)[]): Promise<DataSource> {
  const folder = folderOfItsOwn();
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

  it('is that of each type with a personal field', () => {
    const types = new Set(personalFieldsOf(makeSchema()).map(([path]) => path.split('.')[0]!));
    const declared = personalTables(source, 'official').map(({ metadata }) => metadata.name);
    expect([...types].filter((type) => !declared.includes(type))).toEqual([]);
  });
});

describe.each(['official', 'lecturer'])('what the tables of a kind of person declare: %s', (person) => {
  const tables = () => personalTables(source, person);

  it('is of persons whose own record is one table, named by the prefix of its ids', () => {
    const own = tables().filter(({ owner }) => owner === 'id');
    expect(own.map(({ metadata }) => (metadata.target as { idPrefix?: string }).idPrefix)).toEqual([person]);
    expect(own[0]!.audit).toContain('own events');
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
  const lecturerId = newId('lecturer');
  const [topicId, lectureId] = [newId('topic'), newId('lecture')];
  const another = newId('lecturer');
  const code = `an-danh-${lecturerId.slice('lecturer_'.length)}`;

  beforeAll(async () => {
    const { manager } = source;
    await manager.insert(Topic, { id: topicId, code: 'L1', name: 'Quy hoạch', isPriority: false });
    for (const id of [lecturerId, another])
      await manager.insert(Lecturer, { id, fullName: 'Trần Văn Mẫu', email: 'mau@canbo.example' });
    await manager.insert(Lecture, { id: lectureId, lecturerId, topicId, title: 'Chợ đêm' });
    await manager.insert(Hobby, { name: 'cờ tướng', lecturerId, subject: null });
    await manager.insert(Hobby, { name: 'câu cá', lecturerId: another, subject: 'lan@canbo.example' });
    const events: [EventName, string][] = [
      ['cohort.planned', lectureId],
      ['topic.added', topicId],
      ['unit.opened', another],
    ];
    for (const [name, subjectId] of events)
      await source.query(`INSERT INTO event (name, occurred_at, actor, subject_id, unit_ids, changes)
        VALUES ('${name}', '2024-01-01 00:00:00', 'lan@canbo.example', '${subjectId}', '[]', '[]')`);
  });

  it('is exported', async () => {
    expect(await recordsOf(source.manager, 'lecturer', lecturerId)).toEqual({
      lecturer: { id: lecturerId, fullName: 'Trần Văn Mẫu', email: 'mau@canbo.example' },
      lectures: [{ id: lectureId, lecturerId, topicId, title: 'Chợ đêm', topic: 'Quy hoạch' }],
      hobbies: [{ name: 'cờ tướng', lecturerId, subject: null }],
    });
  });

  it('has an audit trail', async () => {
    const events = await source.manager
      .createQueryBuilder(LoggedEvent, 'entry')
      .where(...about(source, 'lecturer', [lecturerId]).named())
      .orderBy('entry.seq')
      .getMany();
    expect(events.map(({ name }) => name)).toEqual(['cohort.planned', 'topic.added']);
  });

  it('is erased, and the subject of their tokens with them, and nobody else', async () => {
    const theirs = await recordsOf(source.manager, 'lecturer', another);
    await erasePerson(source.manager, 'lecturer', lecturerId, ['lan@canbo.example'], new Date());
    expect(await recordsOf(source.manager, 'lecturer', lecturerId)).toEqual({
      lecturer: { id: lecturerId, fullName: PSEUDONYM, email: null },
      lectures: [{ id: lectureId, lecturerId, topicId, title: `7 letters of ${code}`, topic: 'Quy hoạch' }],
      hobbies: [],
    });
    expect(await recordsOf(source.manager, 'lecturer', another)).toEqual({
      ...theirs,
      hobbies: [{ name: 'câu cá', lecturerId: another, subject: code }],
    });
    for (const { metadata, column } of subjectTables(source)) {
      const left = `SELECT 1 FROM ${metadata.tableName} WHERE ${columnOf(metadata, column)} = 'lan@canbo.example'`;
      expect(await source.query<unknown[]>(left)).toEqual([]);
    }
  });
});
