// Idempotency keys: a mutation sent again under the same key is done once and answered as the first time.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Role } from '../../src/access/policy';
import { engine } from '../../src/config/database-location';
import { sql } from '../support/database';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newProgramme,
  newUnit,
  refusals,
  refusedUnlogged,
} from '../support/world';
import { type AskOptions, newFolder, startTestServer, type TestServer, tokenFor } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Row = Record<string, any>;

const newKey = () => newCode('key ');
const topic = (code: string, clientMutationId?: string) => ({
  clientMutationId,
  code,
  name: 'Quy hoạch đô thị',
});
const addTopic = (input: object) => must(server, 'addTopic', input, 'topic { id code }');

const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

async function addTopicAs(options: AskOptions, input: object): Promise<Row> {
  const mutation = `mutation ($input: AddTopicInput!) { addTopic(input: $input) {
    topic { id } cursor userErrors { code path } } }`;
  return (await server.ask(mutation, { input }, options)).data.addTopic;
}

describe('a retry under the same key', () => {
  test('returns the first answer with its cursor, and changes nothing', async () => {
    const input = topic(newCode('L'), newKey());
    const first = await addTopic(input);
    await addTopic(topic(newCode('L')));
    const end = await logEnd(server);
    expect(end).not.toBe(first.cursor);
    for (let i = 0; i < 3; i++) expect(await addTopic(input)).toEqual(first);
    expect(await logEnd(server)).toBe(end);
  });

  test('returns a step of a cohort that has gone further since, though the step is no longer possible', async () => {
    const { id } = await newCohort(server);
    const input = { clientMutationId: newKey(), cohortId: id };
    const first = await must(server, 'openEnrolment', input, 'cohort { id }');
    await must(server, 'startCohort', { cohortId: id }, 'cohort { id }');
    const end = await logEnd(server);
    expect(await must(server, 'openEnrolment', input, 'cohort { id }')).toEqual(first);
    const now = await must(server, 'openEnrolment', input, 'cohort { status version }');
    expect(now.cohort).toEqual({ status: 'IN_PROGRESS', version: 3 });
    expect(await logEnd(server)).toBe(end);
  });

  test('returns lists in the order of the first answer', async () => {
    const { cohort, officialIds } = await newClass(server, 3);
    const graduates = [2, 0, 1].map((i) => ({ officialId: officialIds[i], graduatedOn: '2024-06-01' }));
    const input = { clientMutationId: newKey(), cohortId: cohort.id, graduates };
    const selection = 'graduates { id official { id } }';
    const first = await must(server, 'recordGraduates', input, selection);
    expect(first.graduates.map(({ official }: Row) => official.id)).toEqual(
      graduates.map(({ officialId }) => officialId),
    );
    await must(server, 'revokeGraduate', { graduateId: first.graduates[0].id }, 'graduate { id }');
    const end = await logEnd(server);
    expect(await must(server, 'recordGraduates', input, selection)).toEqual(first);
    expect(await logEnd(server)).toBe(end);
  });

  test('of a mutation that changed nothing returns that answer, too', async () => {
    const { id } = await newCohort(server);
    const input = { clientMutationId: newKey(), cohortId: id, version: 1, name: 'Lớp bồi dưỡng' };
    const first = await must(server, 'reviseCohort', input, 'cohort { id }');
    await must(server, 'openEnrolment', { cohortId: id }, 'cohort { id }');
    expect(await must(server, 'reviseCohort', input, 'cohort { id }')).toEqual(first);
  });

  test('at the same moment as nine others makes one record', async () => {
    const input = topic(newCode('L'), newKey());
    const before = await logEnd(server);
    const answers = await Promise.all(Array.from({ length: 10 }, () => addTopic(input)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await logEnd(server)).toBe(answers[0]!.cursor);
    expect(answers[0]!.cursor).not.toBe(before);
  });

  test('is known by what it says, not by its blanks or how its marks are encoded', async () => {
    const input = topic(newCode('L'), newKey());
    const first = await addTopic(input);
    const key = ` ${input.clientMutationId} `;
    const same = { ...input, clientMutationId: key, name: ` ${input.name.normalize('NFD')} ` };
    expect(await addTopic(same)).toEqual(first);
  });
});

describe('a retry after an upgrade', () => {
  /** What is hashed of an input, and with what. */
  const hash = (payload: string, text: string) =>
    createHash('sha256').update(payload).update(text).digest('base64url');
  const restore = (key: string, inputHash: string) =>
    sql(server.folder, `UPDATE answered_mutation SET input_hash = '${inputHash}' WHERE "key" = '${key}'`);

  test('from 0.1.0 returns the first answer', async () => {
    const programmeId = (await newProgramme(server)).id;
    const hostUnitId = (await newUnit(server)).id;
    const [clientMutationId, code] = [newKey(), newCode('K')];
    const input = { clientMutationId, code, name: 'Lớp', programmeId, hostUnitId, startsOn: '2024-03-01' };
    const plan = () => must(server, 'planCohort', { ...input, location: null }, 'cohort { id }');
    const first = await plan();
    // As 0.1.0 put it: by the order of declaration, the key at the end.
    const { clientMutationId: _key, ...facts } = input;
    const text = JSON.stringify({ ...facts, location: null, clientMutationId });
    await restore(clientMutationId, hash('PlanCohortPayload', text));
    expect(await plan()).toEqual(first);
    expect(await refused('planCohort', { ...input, name: 'Khác' })).toEqual([
      'CONFLICT input.clientMutationId',
    ]);
  });

  test('that brought a field with a default returns the first answer', async () => {
    const input = topic(newCode('L'), newKey());
    const first = await addTopic(input);
    // What a release would have stored that did not know of isPriority yet, and had its fields in another order.
    const { clientMutationId, code, name } = input;
    await restore(
      clientMutationId!,
      hash('AddTopicPayload', JSON.stringify({ clientMutationId, code, name })),
    );
    expect(await addTopic(input)).toEqual(first);
    expect(await addTopic({ ...input, isPriority: false })).toEqual(first);
    expect(await refused('addTopic', { ...input, isPriority: true })).toEqual([
      'CONFLICT input.clientMutationId',
    ]);
  });
});

describe('the same key', () => {
  test('with another input is refused as a conflict', async () => {
    const input = topic(newCode('L'), newKey());
    const first = await addTopic(input);
    const conflict = ['CONFLICT input.clientMutationId'];
    expect(await refused('addTopic', { ...input, code: newCode('L') })).toEqual(conflict);
    expect(await refused('addTopic', { ...input, nameEn: 'Urban planning' })).toEqual(conflict);
    const [error] = await refusals(server, 'addTopic', { ...input, name: 'Khác' }, '*');
    expect(error!.message).toBe('Khóa này đã dùng cho một yêu cầu khác. Hãy dùng khóa mới cho mỗi thay đổi.');
    expect(await addTopic(input)).toEqual(first);
  });

  test('for another mutation with the same input is refused as a conflict', async () => {
    const { id } = await newCohort(server);
    const input = { clientMutationId: newKey(), cohortId: id };
    await must(server, 'openEnrolment', input, 'cohort { id }');
    expect(await refused('startCohort', input)).toEqual(['CONFLICT input.clientMutationId']);
  });

  test('of another caller is another key', async () => {
    const [clientMutationId, mine, theirs] = [newKey(), newCode('L'), newCode('L')];
    const other = { token: await tokenFor(Role.ADMINISTRATOR, 'somebody-else') };
    const first = await addTopicAs({}, topic(mine, clientMutationId));
    const second = await addTopicAs(other, topic(theirs, clientMutationId));
    expect(second).toMatchObject({ userErrors: [] });
    expect(second.topic.id).not.toBe(first.topic.id);
    expect(await addTopicAs({}, topic(mine, clientMutationId))).toEqual(first);
    expect(await addTopicAs(other, topic(theirs, clientMutationId))).toEqual(second);
  });

  test('may be used again after a refusal, with the same input or another one', async () => {
    const { id } = await newCohort(server);
    const officialIds = [(await newOfficial(server)).id];
    const input = { clientMutationId: newKey(), cohortId: id, officialIds };
    const no = ['ILLEGAL_TRANSITION input.cohortId'];
    expect(await refused('nominateOfficials', input)).toEqual(no);
    expect(await refused('nominateOfficials', input)).toEqual(no);
    await must(server, 'openEnrolment', { cohortId: id }, 'cohort { id }');
    const first = await must(server, 'nominateOfficials', input, 'enrolments { id }');
    expect(first.enrolments).toHaveLength(1);
    expect(await must(server, 'nominateOfficials', input, 'enrolments { id }')).toEqual(first);
  });

  test('that is left empty is none, and one that is absurd is refused', async () => {
    await addTopic(topic(newCode('L'), ''));
    await addTopic(topic(newCode('L'), '  '));
    for (const key of ['x'.repeat(201), 'a\u0000b']) {
      expect(await refused('addTopic', topic(newCode('L'), key))).toEqual(['INVALID input.clientMutationId']);
    }
  });

  test('outlives the process, and is forgotten after 24 hours', async () => {
    const folder = newFolder();
    /** What a process on this folder does between its start and its end. */
    async function running<T>(work: (process: TestServer) => Promise<T>): Promise<T> {
      const process = await startTestServer({ folder });
      return work(process).finally(() => process.stop());
    }
    const plan = (process: TestServer, input: Row) =>
      must(process, 'planCohort', input, 'cohort { id code }');
    const { input, first } = await running(async (process) => {
      const programmeId = (await newProgramme(process)).id;
      const hostUnitId = (await newUnit(process)).id;
      const facts = { name: 'Lớp', programmeId, hostUnitId, startsOn: '2024-03-01' };
      const input = { ...facts, clientMutationId: newKey(), code: newCode('K') };
      return { input, first: await plan(process, input) };
    });
    await running(async (process) => {
      expect(await plan(process, input)).toEqual(first);
      expect(await logEnd(process)).toBe(first.cursor);
    });
    await ageAnswers(folder, 23.9);
    await running(async (process) => expect(await plan(process, input)).toEqual(first));
    await ageAnswers(folder, 24.1);
    await running(async (process) => {
      const again = await plan(process, { ...input, code: newCode('K') });
      expect(again.cohort.id).not.toBe(first.cohort.id);
    });
    rmSync(folder, { recursive: true });
  });
});

/** What the clock would do: makes the kept answers of a database this old. */
async function ageAnswers(folder: string, hours: number): Promise<void> {
  const at = new Date(Date.now() - hours * 3_600_000).toISOString().replace('T', ' ');
  const answeredAt = engine === 'postgres' ? at : at.replace('Z', ''); // as each stores it
  await sql(folder, `UPDATE answered_mutation SET answered_at = '${answeredAt}'`);
}
