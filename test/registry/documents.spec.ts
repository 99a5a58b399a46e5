// Documents, what refers to them, and committee members.
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newCode,
  newDocument,
  newMember,
  newPlan,
  newPosition,
  newProgramme,
  newUnit,
  refusedUnlogged,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function read(id: string, type: string, selection: string): Promise<any> {
  const { data, errors } = await server.ask(`{ node(id: "${id}") { ... on ${type} { ${selection} } } }`);
  expect(errors).toBeUndefined();
  return data.node;
}

/** Whether a refusal is this one, and left the log where it was. */
async function refused(name: string, input: object, code: string, path: string): Promise<void> {
  expect(await refusedUnlogged(server, name, input)).toEqual([`${code} input.${path}`]);
}

describe('a document', () => {
  it('keeps what is known of it, and no more', async () => {
    const facts = {
      kind: 'DECISION',
      number: '12/QĐ-UBND',
      title: 'Phê duyệt đề án',
      issuer: 'Ủy ban nhân dân Thành phố',
      issuedOn: '2022-05-04',
      link: 'https://example.org/12-qd-ubnd',
    };
    const selection = 'kind number title issuer issuedOn link';
    expect(await read((await newDocument(server, facts)).id, 'Document', selection)).toEqual(facts);
    const { id } = await newDocument(server, { title: 'Đề án' });
    expect(await read(id, 'Document', selection)).toEqual({
      ...{ kind: 'SCHEME', number: null, title: 'Đề án', issuer: null, issuedOn: null, link: null },
    });
  });

  it.each([
    ['issued in the future', { issuedOn: '2999-01-01' }, 'issuedOn'],
    ['without a title', { title: ' ' }, 'title'],
    ['with a link that is none', { link: 'ftp://example.org' }, 'link'],
  ])('is refused %s', async (_what, wrong, path) => {
    await refused('addDocument', { kind: 'PLAN', title: 'Kế hoạch', ...wrong }, 'INVALID', path);
  });

  it('with a number is registered once for its kind, issuer and day', async () => {
    const facts = { kind: 'DECISION', number: newCode('QĐ-'), title: 'Phê duyệt đề án' };
    const whole = { ...facts, issuer: 'Ủy ban nhân dân Thành phố', issuedOn: '2022-05-04' };
    await newDocument(server, facts);
    await newDocument(server, whole);
    for (const again of [facts, whole, { ...whole, title: 'Tên khác' }]) {
      await refused('addDocument', again, 'ALREADY_EXISTS', 'number');
    }
    await newDocument(server, { ...whole, issuedOn: '2023-05-04' });
    await newDocument(server, { ...whole, issuer: 'Sở Nội vụ' });
    await newDocument(server, { ...whole, kind: 'PLAN' });
  });

  it('is linked to programmes and plans, and shown from either side', async () => {
    const { id: documentId } = await newDocument(server);
    const { id: programmeId } = await newProgramme(server);
    const { id: planId } = await newPlan(server);
    await must(server, 'linkDocument', { documentId, programmeId }, 'document { id }');
    await must(server, 'linkDocument', { documentId, planId }, 'document { id }');
    expect(await read(documentId, 'Document', 'programmes { id } plans { id }')).toEqual({
      programmes: [{ id: programmeId }],
      plans: [{ id: planId }],
    });
    expect(await read(programmeId, 'Programme', 'documents { id }')).toEqual({
      documents: [{ id: documentId }],
    });
    expect(await read(planId, 'TrainingPlan', 'documents { id }')).toEqual({
      documents: [{ id: documentId }],
    });
    await refused('linkDocument', { documentId, programmeId }, 'ALREADY_EXISTS', 'programmeId');
    await must(server, 'unlinkDocument', { documentId, planId }, 'document { id }');
    expect(await read(planId, 'TrainingPlan', 'documents { id }')).toEqual({ documents: [] });
    expect((await read(documentId, 'Document', 'programmes { id }')).programmes).toHaveLength(1);
    await refused('unlinkDocument', { documentId, planId }, 'NOT_FOUND', 'planId');
  });

  it('is linked to exactly one thing at a time, which is there', async () => {
    const { id: documentId } = await newDocument(server);
    const { id: programmeId } = await newProgramme(server);
    const { id: planId } = await newPlan(server);
    await refused('linkDocument', { documentId }, 'INVALID', 'programmeId');
    await refused('linkDocument', { documentId, programmeId, planId }, 'INVALID', 'programmeId');
    const nobody = '01jb0000000000000000000000';
    const noProgramme = { documentId, programmeId: `programme_${nobody}` };
    await refused('linkDocument', noProgramme, 'NOT_FOUND', 'programmeId');
    await refused('linkDocument', { documentId, planId: `plan_${nobody}` }, 'NOT_FOUND', 'planId');
    await refused(
      'linkDocument',
      { documentId: `document_${nobody}`, programmeId },
      'NOT_FOUND',
      'documentId',
    );
  });

  it('is listed by title in the Vietnamese alphabet, and by kind', async () => {
    const titles = ['Đào tạo', 'Chuyển đổi số', 'Ánh sáng'];
    for (const title of titles) await newDocument(server, { kind: 'RESOLUTION', title });
    const { data } = await server.ask('{ documents(filter: { kinds: [RESOLUTION] }) { nodes { title } } }');
    expect(data.documents.nodes.map(({ title }: any) => title)).toEqual([
      'Ánh sáng',
      'Chuyển đổi số',
      'Đào tạo',
    ]);
  });
});

describe('a committee', () => {
  const newCommittee = (more: object = {}) => newUnit(server, { kind: 'COMMITTEE', ...more });
  const membersOf = async (committeeId: string, on?: string) => {
    const selection = `committeeMembers${on ? `(on: "${on}")` : ''} { id }`;
    return (await read(committeeId, 'Unit', selection)).committeeMembers;
  };

  it('has members by position, each for a period and by a mandate', async () => {
    const committee = await newCommittee();
    const unit = await newUnit(server);
    const { code } = await newPosition(server, { title: 'Giám đốc' });
    const { id: documentId } = await newDocument(server, { kind: 'DECISION' });
    const seat = { committeeId: committee.id, unitId: unit.id, positionCode: code, documentId };
    const { id } = await newMember(server, { ...seat, since: '2022-01-01' });
    const selection = `committeeMembers { id committee { id } unit { id } position { title } mandate { id }
      validFrom validTo }`;
    expect((await read(committee.id, 'Unit', selection)).committeeMembers).toEqual([
      {
        id,
        committee: { id: committee.id },
        unit: { id: unit.id },
        position: { title: 'Giám đốc' },
        mandate: { id: documentId },
        validFrom: '2022-01-01',
        validTo: null,
      },
    ]);
    expect(await membersOf(unit.id)).toEqual([]);
    await newMember(server, { committeeId: committee.id, documentId });
    expect(await read(documentId, 'Document', 'committees { id }')).toEqual({
      committees: [{ id: committee.id }],
    });
    expect(await read((await newDocument(server)).id, 'Document', 'committees { id }')).toEqual({
      committees: [],
    });
  });

  it('is asked as of a day', async () => {
    const committeeId = (await newCommittee()).id;
    const early = await newMember(server, { committeeId, since: '2021-01-01', until: '2022-12-31' });
    const late = await newMember(server, { committeeId, since: '2022-06-01' });
    expect(await membersOf(committeeId)).toEqual([early, late]);
    expect(await membersOf(committeeId, '2020-12-31')).toEqual([]);
    expect(await membersOf(committeeId, '2021-01-01')).toEqual([early]);
    expect(await membersOf(committeeId, '2022-12-31')).toEqual([early, late]);
    expect(await membersOf(committeeId, '2023-01-01')).toEqual([late]);
  });

  it('has no members of a unit that was closed', async () => {
    const committeeId = (await newCommittee()).id;
    const unit = await newUnit(server);
    const member = await newMember(server, { committeeId, unitId: unit.id });
    const successions = [{ predecessorId: unit.id, kind: 'DISSOLVED' }];
    const reorganisation = { effectiveOn: '2025-07-01', closeIds: [unit.id], open: [], successions };
    await must(server, 'reorganiseUnits', reorganisation, 'closed { id }');
    expect(await membersOf(committeeId, '2025-06-30')).toEqual([member]);
    expect(await membersOf(committeeId, '2025-07-01')).toEqual([]);
    const seat = { committeeId, unitId: unit.id, positionCode: (await newPosition(server)).code };
    await refused('addCommitteeMember', { ...seat, since: '2025-01-01' }, 'UNIT_CLOSED', 'unitId');
    await newMember(server, { ...seat, since: '2025-01-01', until: '2025-06-30' }); // history, recorded late
  });

  it('is a unit of that kind, which exists', async () => {
    const seat = { unitId: (await newUnit(server)).id, positionCode: (await newPosition(server)).code };
    const ward = { ...seat, committeeId: (await newUnit(server)).id, since: '2021-01-01' };
    await refused('addCommitteeMember', ward, 'INVALID', 'committeeId');
    const young = { ...seat, committeeId: (await newCommittee({ validFrom: '2022-01-01' })).id };
    await refused('addCommitteeMember', { ...young, since: '2021-12-31' }, 'UNIT_CLOSED', 'committeeId');
    const member = { ...seat, committeeId: (await newCommittee()).id, since: '2021-01-01' };
    await refused('addCommitteeMember', { ...member, positionCode: 'NOBODY' }, 'NOT_FOUND', 'positionCode');
    await refused('addCommitteeMember', { ...member, until: '2020-12-31' }, 'INVALID', 'until');
  });

  it('has a position once at a time, and again later', async () => {
    const seat = {
      committeeId: (await newCommittee()).id,
      unitId: (await newUnit(server)).id,
      positionCode: (await newPosition(server)).code,
    };
    const { id: memberId } = await newMember(server, { ...seat, since: '2021-01-01' });
    await refused('addCommitteeMember', { ...seat, since: '2023-01-01' }, 'OVERLAPPING_PERIOD', 'since');
    await must(server, 'endCommitteeMember', { memberId, until: '2022-12-31' }, 'member { validTo }');
    await newMember(server, { ...seat, since: '2023-01-01' });
    expect(await membersOf(seat.committeeId)).toHaveLength(2);
  });

  it('loses a member once, and not before they came', async () => {
    const { id: memberId } = await newMember(server, { since: '2021-01-01' });
    await refused('endCommitteeMember', { memberId, until: '2020-12-31' }, 'INVALID', 'until');
    const ended = await must(
      server,
      'endCommitteeMember',
      { memberId, until: '2023-12-31' },
      'member { validTo }',
    );
    expect(ended.member).toEqual({ validTo: '2023-12-31' });
    await refused('endCommitteeMember', { memberId, until: '2024-12-31' }, 'ILLEGAL_TRANSITION', 'memberId');
  });
});
