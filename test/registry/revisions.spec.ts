// Revisions of orders, agreements, topics, positions, documents and committee members: what they take and what they refuse.
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  must,
  newCode,
  newDocument,
  newMember,
  newOrder,
  newPosition,
  newTopic,
  newUnit,
  newUniversity,
  refusedUnlogged,
} from '../support/world';

type Fields = Record<string, any>;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const reason = 'Nhập sai';
const refused = (name: string, input: object) => refusedUnlogged(server, name, input);
const CORRECTED = 'version corrections { event reason }';
const correctedOnce = (event: string) => ({ version: 2, corrections: [{ event, reason }] });

async function partnership(more: object = {}): Promise<Fields> {
  const [unitId, universityId] = [(await newUnit(server)).id, (await newUniversity(server)).id];
  const input = { unitId, universityId, title: 'Thoa thuan', validFrom: '2022-01-01', ...more };
  const made = await must(server, 'signPartnership', input, 'partnership { id }');
  return { partnershipId: made.partnership.id, unitId, universityId };
}

/** Of each noun: what is revised, by which mutation, to what; and what else is refused. */
const NOUNS = [
  {
    noun: 'topic',
    make: async () => ({ topicId: (await newTopic(server)).id }),
    right: () => ({ name: 'Quy hoạch', nameEn: 'Planning', isPriority: true, code: newCode('L') }),
    wrong: [[{ name: null }, 'INVALID input.name']],
  },
  {
    noun: 'position',
    make: async () => ({ positionId: (await newPosition(server)).id }),
    right: () => ({ title: 'Chủ tịch', titleEn: 'Chairman', isKey: true, code: newCode('P') }),
    wrong: [[{ isKey: null }, 'INVALID input.isKey']],
  },
  {
    noun: 'document',
    make: async () => ({ documentId: (await newDocument(server)).id }),
    right: () => ({ title: 'Đề án 12', number: newCode('12/QĐ-'), issuedOn: '2024-05-06', kind: 'DECISION' }),
    wrong: [[{ issuedOn: '2999-01-01' }, 'INVALID input.issuedOn']],
  },
  {
    noun: 'partnership',
    make: async () => ({ partnershipId: (await partnership()).partnershipId }),
    right: () => ({
      title: 'Thỏa thuận',
      signedOn: '2021-12-20',
      validTo: '2026-12-31',
      areas: ['Quản lý công'],
    }),
    wrong: [
      [{ validTo: '2020-01-01' }, 'INVALID input.validTo'],
      [{ validFrom: '2019-12-31' }, 'UNIT_CLOSED input.validFrom'],
      [{ title: null }, 'INVALID input.title'],
    ],
  },
  {
    noun: 'order',
    make: async () => ({ orderId: (await newOrder(server)).id }),
    right: () => ({ title: 'Quản lý dự án', headcount: 35, neededBy: '2998-12-31' }),
    wrong: [
      [{ neededBy: '2000-01-01' }, 'INVALID input.neededBy'],
      [{ requestedOn: '2999-01-01' }, 'INVALID input.requestedOn'],
      [{ result: 'Đạt' }, 'ILLEGAL_TRANSITION input.result'],
      [{ headcount: null }, 'INVALID input.headcount'],
    ],
  },
] as { noun: string; make: () => Promise<Fields>; right: () => Fields; wrong: [Fields, string][] }[];

describe.each(NOUNS)('a $noun that was entered wrongly', ({ noun, make, right, wrong }) => {
  const name = `revise${noun[0]!.toUpperCase()}${noun.slice(1)}`;

  it('is put right, with a reason, and keeps what was left out', async () => {
    const facts = right();
    const input = { ...(await make()), ...facts, version: 1, reason };
    const done = await must(server, name, input, `${noun} { ${Object.keys(facts).join(' ')} ${CORRECTED} }`);
    expect(done[noun]).toEqual({ ...facts, ...correctedOnce(`${noun}.revised`) });
  });

  it('keeps both changes of two who revise different fields at once', async () => {
    const [which, facts] = [await make(), right()];
    const [first, second] = Object.keys(facts) as [string, string];
    await Promise.all(
      [first, second].map((field) => must(server, name, { ...which, [field]: facts[field] }, 'cursor')),
    );
    const { data } = await server.ask(
      `query ($id: ID!) { node(id: $id) { ... on ${noun === 'order' ? 'TrainingOrder' : `${noun[0]!.toUpperCase()}${noun.slice(1)}`} {
        ${first} ${second} version } } }`,
      { id: Object.values(which)[0] },
    );
    expect(data.node).toEqual({ [first]: facts[first], [second]: facts[second], version: 3 });
  });

  it('is not revised from an old version, nor against its rules', async () => {
    const which = await make();
    for (const [fields, refusal] of [
      [{ ...right(), version: 7 }, 'STALE_VERSION input.version'],
      ...wrong,
    ] as const)
      expect(await refused(name, { ...which, ...fields })).toEqual([refusal]);
  });
});

it('a code or a number that another has is refused', async () => {
  for (const [noun, make] of [
    ['Topic', newTopic],
    ['Position', newPosition],
  ] as const) {
    const [one, other] = [await make(server), await make(server)];
    const input = { [`${noun.toLowerCase()}Id`]: one.id, code: other.code };
    expect(await refused(`revise${noun}`, input)).toEqual(['ALREADY_EXISTS input.code']);
  }
  const number = newCode('1/QĐ-');
  const [one, other] = [await newDocument(server, { number }), await newDocument(server)];
  const same = { documentId: other.id, number };
  expect(await refused('reviseDocument', same)).toEqual(['ALREADY_EXISTS input.number']);
  await must(server, 'reviseDocument', { documentId: one.id, number, title: 'Tên khác' }, 'cursor');
});

describe('an agreement', () => {
  it('gets other topics and another university, and ends', async () => {
    const { partnershipId } = await partnership();
    const [topic, university] = [await newTopic(server), await newUniversity(server)];
    const input = { partnershipId, topicIds: [topic.id], universityId: university.id };
    const selection = 'partnership { topics { id } university { id } validTo version }';
    const { partnership: revised } = await must(server, 'revisePartnership', input, selection);
    expect(revised).toMatchObject({
      topics: [{ id: topic.id }],
      university: { id: university.id },
      version: 2,
    });
    const early = { partnershipId, validTo: '2021-12-31' };
    expect(await refused('endPartnership', early)).toEqual(['INVALID input.validTo']);
    const end = { partnershipId, validTo: '2025-06-30', reason };
    expect((await must(server, 'endPartnership', end, selection)).partnership.validTo).toBe('2025-06-30');
    expect(await refused('endPartnership', end)).toEqual(['ILLEGAL_TRANSITION input.partnershipId']);
  });

  it('is not for the managers of another unit', async () => {
    const { partnershipId } = await partnership();
    const unitId = (await newUnit(server)).id;
    const token = await tokenOf({ subject: newCode('s-'), role: Role.UNIT_MANAGER, unitId });
    const query = `mutation ($id: ID!) { revisePartnership(input: { partnershipId: $id, title: "Khác" }) {
      userErrors { code path } } }`;
    const { data } = await server.ask(query, { id: partnershipId }, { token });
    expect(data.revisePartnership.userErrors).toEqual([
      { code: 'NOT_FOUND', path: ['input', 'partnershipId'] },
    ]);
  });
});

describe('an order', () => {
  it('goes to another university until that has agreed, and changes no more once it was declined', async () => {
    const { id: orderId } = await newOrder(server);
    const other = async () => ({ orderId, universityId: (await newUniversity(server)).id });
    await must(server, 'reviseOrder', await other(), 'cursor');
    await must(server, 'agreeOrder', { orderId }, 'cursor');
    expect(await refused('reviseOrder', await other())).toEqual(['ILLEGAL_TRANSITION input.universityId']);
    await must(server, 'declineOrder', { orderId, reason: 'Không đủ giảng viên' }, 'cursor');
    expect(await refused('reviseOrder', { orderId, headcount: 3 })).toEqual([
      'ILLEGAL_TRANSITION input.orderId',
    ]);
  });
});

describe('a committee member', () => {
  it('has a role, a member by default, and is corrected under the rules of adding one', async () => {
    const { id: memberId } = await newMember(server);
    const unitId = (await newUnit(server)).id;
    const { code: positionCode, id } = await newPosition(server);
    const input = {
      memberId,
      unitId,
      positionCode,
      validFrom: '2022-02-02',
      role: 'HEAD',
      version: 1,
      reason,
    };
    const selection = `member { role unit { id } position { id } validFrom validTo ${CORRECTED} }`;
    const { member } = await must(server, 'correctCommitteeMember', input, selection);
    expect(member).toEqual({
      ...{ role: 'HEAD', unit: { id: unitId }, position: { id }, validFrom: '2022-02-02', validTo: null },
      ...correctedOnce('member.corrected'),
    });
    const correct = (more: object) => refused('correctCommitteeMember', { memberId, reason, ...more });
    expect(await correct({ role: null })).toEqual(['INVALID input.role']);
    expect(await correct({ validFrom: '2019-12-31' })).toEqual(['UNIT_CLOSED input.committeeId']);
    expect(await correct({ validTo: '2022-02-01' })).toEqual(['INVALID input.validTo']);
    expect(await correct({ role: 'DEPUTY', version: 1 })).toEqual(['STALE_VERSION input.version']);
  });

  it('does not take the seat that another member has', async () => {
    const committeeId = (await newUnit(server, { kind: 'COMMITTEE' })).id;
    const unitId = (await newUnit(server)).id;
    const [one, other] = [await newPosition(server), await newPosition(server)];
    const seat = { committeeId, unitId };
    await newMember(server, { ...seat, positionCode: one.code, role: 'STANDING' });
    const { id: memberId } = await newMember(server, { ...seat, positionCode: other.code });
    const taken = { memberId, positionCode: one.code, reason };
    expect(await refused('correctCommitteeMember', taken)).toEqual(['OVERLAPPING_PERIOD input.validFrom']);
  });
});
