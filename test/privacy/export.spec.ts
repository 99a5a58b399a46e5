// What the export gives of a person about whom the registry holds a record of each kind, before and after erasure: byte
// for byte, with ids, codes and moments numbered.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  must,
  newCode,
  newDegreeClass,
  newInitiative,
  newPosition,
  newRequirement,
  newServiceRule,
  newSession,
  newTopic,
  newUnit,
  newUniversity,
  noted,
} from '../support/world';

type Fields = Record<string, any>;

const EXPECTED = join(projectRoot, 'test', 'privacy', 'exported.txt');

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await newServiceRule(server);
});
afterAll(() => server.stop());

/** Somebody with two of everything, or one, and a colleague who shares an initiative and a source. */
async function newPerson(): Promise<{ officialId: string; subject: string }> {
  const make = async (name: string, input: Fields, field: string): Promise<string> =>
    [(await must(server, name, input, `${field} { id }`))[field]].flat()[0].id;
  const { cohort, officialIds, enrolmentIds, unitId } = await newDegreeClass(server, 2);
  const [officialId, colleagueId] = officialIds as [string, string];
  const facts = { gender: 'FEMALE', dateOfBirth: '1981-02-03', email: 'mau@canbo.example', grade: 'A1' };
  await must(server, 'reviseOfficial', { officialId, ...facts }, 'cursor');
  const positionCode = (await newPosition(server, { title: 'Trưởng phòng' })).code;
  const second = (await newUnit(server, { name: 'Sở Nội vụ' })).id;
  const post = { officialId, unitId: second, positionCode, since: '2023-01-01' };
  await must(server, 'assignOfficial', { ...post, isManagerial: true }, 'cursor');
  for (const heldOn of ['2023-03-01', '2023-03-02']) {
    const session = await newSession(server, { cohortId: cohort.id, heldOn });
    await must(server, 'recordAttendance', { sessionId: session.id, attendance: [{ officialId }] }, 'cursor');
  }
  const owed = { commitments: [{ enrolmentId: enrolmentIds[0], cost: 120_000_000 }] };
  await must(server, 'recordServiceCommitments', owed, 'cursor');
  const topicIds = [];
  for (const name of ['Môi trường', 'Quản lý đô thị']) topicIds.push((await newTopic(server, { name })).id);
  const thesis = { kind: 'PROJECT', title: 'Chợ đêm', localProblem: 'Rác', unitId, topicIds };
  const theirs = { officialId: colleagueId, graduatedOn: '2024-02-29', thesis: { ...thesis, topicIds: [] } };
  const own = { officialId, graduatedOn: '2024-02-29', credentialNumber: 'SH 1', classification: 'GOOD' };
  const graduates = [{ ...own, thesis }, theirs];
  const recorded = await must(
    server,
    'recordGraduates',
    { cohortId: cohort.id, graduates, acceptWarnings: true },
    'graduates { id }',
  );
  const [graduateId, theirGraduateId] = recorded.graduates.map(({ id }: Fields) => id as string);
  const followUp = { graduateId, isApplied: true, how: 'Hằng ngày' };
  for (const time of ['AFTER_3_MONTHS', 'AFTER_6_MONTHS'])
    await must(server, 'recordFollowUp', { ...followUp, time }, 'cursor');
  const requirementId = (await newRequirement(server, { unitId })).id;
  const sparing = { requirementId, officialId, reason: 'Nghỉ thai sản' };
  const exemptionId = await make('exemptOfficial', sparing, 'exemption');
  await must(server, 'revokeExemption', { exemptionId, reason: 'Đã đi làm lại' }, 'cursor');
  const initiatives = [
    (await newInitiative(server, [enrolmentIds[0]!], { unitId, graduateId, title: 'Một mình' })).id,
    (await newInitiative(server, enrolmentIds, { unitId, graduateId: theirGraduateId, title: 'Hai người' }))
      .id,
  ];
  for (const subjectId of [officialId, graduateId, ...initiatives]) {
    const title = `Báo viết về ${subjectId}`;
    await must(server, 'nameSource', { subjectId, title, link: 'https://example.org/mau' }, 'cursor');
  }
  const subject = newCode('mau@');
  const universityId = (await newUniversity(server)).id;
  const grants = [
    { role: 'OFFICIAL', subject, officialId },
    { role: 'UNIT_MANAGER', officialId, unitId },
    { role: 'UNIVERSITY_REGISTRAR', officialId, universityId },
    { role: 'ADMINISTRATOR', subject },
  ];
  const grantIds = [];
  for (const grant of grants) grantIds.push(await make('grantRole', grant, 'grant'));
  const token = await tokenOf({ subject });
  const revise = `mutation { reviseOfficial(input: { officialId: "${colleagueId}", grade: "A2" }) { cursor } }`;
  await server.ask(revise, {}, { token });
  for (const grantId of grantIds)
    await must(server, 'revokeRole', { grantId, reason: 'Thôi việc' }, 'cursor');
  await noted(server);
  return { officialId, subject };
}

/** Ids, codes, moments and requests as numbers in the order in which they first appear. */
function numbered(text: string): string {
  const seen = new Map<string, number>();
  const number = (what: string, value: string) => {
    if (!seen.has(value)) seen.set(value, seen.size + 1);
    return `${what}#${seen.get(value)}`;
  };
  return text
    .replace(/\b[a-z]+_[0-9a-z]{26}\b/g, (id) => number(id.split('_')[0]!, id))
    .replace(/an-danh-[0-9a-z]{26}/g, (code) => number('an-danh', code))
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'moment')
    .replace(/"requestId":"[^"]+"/g, '"requestId":"request"')
    .replace(new RegExp(`[A-Za-z@]+${process.pid}-\\d+`, 'g'), (code) => number('code', code))
    .replace(
      /"(validFrom|revokedFrom|recordedOn|proposedOn|nominatedOn|to)":"(?!202[0-4])[\d-]+"/g,
      '"$1":"today"',
    )
    .replace(/([[,])\{/g, '$1\n{'); // a record a line
}

async function exported(officialId: string): Promise<string> {
  const { data, errors } = await server.ask(`{ exportPersonalData(officialId: "${officialId}") }`);
  expect(errors).toBeUndefined();
  const given = data.exportPersonalData as Fields;
  // A query is on record some time after its answer.
  given.reads = given.reads.filter(({ operation }: Fields) => operation.startsWith('mutation'));
  return JSON.stringify(given);
}

describe('exportPersonalData', () => {
  it('gives the same bytes as ever, before and after erasure', async () => {
    const { officialId } = await newPerson();
    const before = await exported(officialId);
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    const text = numbered(`${before}\n\n${await exported(officialId)}\n`);
    expect(text).toBe(readFileSync(EXPECTED, 'utf8'));
  });
});
