// Cooperation: which units and universities a caller may name in a programme or a cohort, and that no partner is
// removed by another.
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import { logEnd, must, newCode, newOrder, newProgramme, newUnit, newUniversity } from '../support/world';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

type Fields = Record<string, any>;

/** A unit below another, a university, and those who act for them. */
interface Side {
  topId: string;
  unitId: string;
  universityId: string;
  manager: string;
  registrar: string;
}

async function newSide(): Promise<Side> {
  const topId = (await newUnit(server)).id;
  const unitId = (await newUnit(server, { parentId: topId })).id;
  const universityId = (await newUniversity(server)).id;
  const subject = newCode('s-');
  return {
    ...{ topId, unitId, universityId },
    manager: await tokenOf({ subject, role: Role.UNIT_MANAGER, unitId }),
    registrar: await tokenOf({ subject, role: Role.UNIVERSITY_REGISTRAR, universityId }),
  };
}

let own: Side;
let theirs: Side;
beforeEach(async () => {
  own = await newSide();
  theirs = await newSide();
});

const commissionedBy = ({ unitId }: Pick<Side, 'unitId'>) => ({ role: 'COMMISSIONING', unitId });
const ALL = 'partners { role unit { id } university { id } } university { id }';

/** What a mutation is refused with, in short, having changed nothing; or that it is done. */
async function asked(token: string, name: string, input: Fields, language = 'en'): Promise<unknown> {
  const Name = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  const document = `mutation ($input: ${Name}Input!) { ${name}(input: $input) { cursor userErrors { code path message } } }`;
  const before = await logEnd(server);
  const { data, errors } = await server.ask(document, { input }, { token, language });
  expect(errors).toBeUndefined();
  const { cursor, userErrors } = data[name];
  if (userErrors.length === 0) return 'done';
  expect([cursor, await logEnd(server)]).toEqual([null, before]);
  return userErrors.map(({ code, path }: Fields) => `${code} ${path.slice(1).join('.')}`);
}

const programmeOf = async (more: Fields) => (await newProgramme(server, more)).id;
const partners = async (id: string) =>
  (await server.ask(`{ programme(id: "${id}") { ${ALL} } }`)).data.programme as Fields;

const facts = () => ({
  ...{ code: newCode('C'), name: 'Bồi dưỡng', kind: 'REFRESHER' },
  ...{ contentGroup: 'STATE_MANAGEMENT', basis: 'TOPICAL' },
});
const plan = (programmeId: string, { unitId }: Side) => ({
  ...{ code: newCode('K'), name: 'Lớp', programmeId, hostUnitId: unitId, startsOn: '2024-01-01' },
});

/** How a unit and a university come to work together. */
const BONDS: Record<string, (side: Side, universityId: string) => Promise<unknown>> = {
  'an agreement': ({ unitId, universityId: _own, ...rest }, universityId) =>
    must(server, 'signPartnership', { unitId, universityId, title: 'Thoả thuận' }, 'cursor').then(() => rest),
  'an agreement of the unit above': ({ topId }, universityId) =>
    must(server, 'signPartnership', { unitId: topId, universityId, title: 'Thoả thuận' }, 'cursor'),
  'an order that was agreed': async ({ unitId }, universityId) => {
    const { id } = await newOrder(server, { unitId, universityId });
    await must(server, 'agreeOrder', { orderId: id }, 'cursor');
  },
  'a programme together': (side, universityId) =>
    newProgramme(server, { universityId, partners: [commissionedBy(side)] }),
};
/** What is no such thing. */
const NO_BONDS: typeof BONDS = {
  nothing: () => Promise.resolve(),
  'an agreement that has ended': ({ unitId }, universityId) =>
    must(
      server,
      'signPartnership',
      { unitId, universityId, title: 'Thoả thuận', validFrom: '2020-01-01', validTo: '2021-01-01' },
      'cursor',
    ),
  'an order that waits for an answer': ({ unitId }, universityId) =>
    newOrder(server, { unitId, universityId }),
  'a programme that one only coordinates': ({ unitId }, universityId) =>
    newProgramme(server, { universityId, partners: [{ role: 'COORDINATING', unitId }] }),
  "another unit's agreement": async (_side, universityId) =>
    must(
      server,
      'signPartnership',
      { unitId: (await newUnit(server)).id, universityId, title: 'Thoả thuận' },
      'cursor',
    ),
};

describe.each([
  ...Object.entries(BONDS).map(([name, bind]) => [name, bind, true] as const),
  ...Object.entries(NO_BONDS).map(([name, bind]) => [name, bind, false] as const),
])('with %s', (_name, bind, isEnough) => {
  const either = (path: string) => (isEnough ? 'done' : [`NOT_FOUND ${path}`]);

  it(`a manager ${isEnough ? 'may' : 'may not'} name the university`, async () => {
    const { universityId } = theirs;
    await bind(own, universityId);
    const lead = { role: 'LEAD', unitId: own.unitId };
    const delivering = { role: 'DELIVERING', universityId };
    const added = (more: Fields) => asked(own.manager, 'addProgramme', { ...facts(), ...more });
    expect(await added({ partners: [lead] })).toBe('done');
    expect(await added({ partners: [lead], universityId })).toEqual(either('universityId'));
    if (isEnough) return;
    expect(await added({ partners: [lead, delivering] })).toEqual(['NOT_FOUND partners.1.universityId']);
    const programmeId = await programmeOf({ partners: [lead] });
    const revised = (more: Fields) => asked(own.manager, 'reviseProgramme', { programmeId, ...more });
    expect(await revised({ universityId })).toEqual(['NOT_FOUND universityId']);
    expect(await revised({ partners: [lead, delivering] })).toEqual(['NOT_FOUND partners.1.universityId']);
  });

  it(`a manager ${isEnough ? 'may' : 'may not'} plan a class of what others commission there`, async () => {
    const { universityId } = theirs;
    await bind(own, universityId);
    for (const role of ['LEAD', 'COMMISSIONING']) {
      const programmeId = await programmeOf({ universityId, partners: [{ role, unitId: theirs.unitId }] });
      expect(await asked(own.manager, 'planCohort', plan(programmeId, own))).toEqual(either('programmeId'));
    }
  });

  it(`a registrar ${isEnough ? 'may' : 'may not'} name the unit`, async () => {
    const { universityId } = own;
    await bind(theirs, universityId);
    const input = { ...facts(), universityId, partners: [commissionedBy(theirs)] };
    expect(await asked(own.registrar, 'addProgramme', input)).toEqual(either('partners.0.unitId'));
  });
});

describe('a manager', () => {
  it('plans classes of what their own unit, or one above it, commissions, and of what is for everybody', async () => {
    const { universityId } = theirs;
    const all = await Promise.all([
      programmeOf({ universityId, partners: [commissionedBy(own)] }),
      programmeOf({ universityId, partners: [{ role: 'LEAD', unitId: own.topId }] }),
      programmeOf({ universityId }),
      programmeOf({ universityId, partners: [{ role: 'DELIVERING', universityId }] }),
      programmeOf({ partners: [commissionedBy(theirs)] }), // gives no university a class
    ]);
    for (const id of all) expect(await asked(own.manager, 'planCohort', plan(id, own))).toBe('done');
  });

  it('names anybody as coordinating or as having helped to design', async () => {
    const given = [
      { role: 'LEAD', unitId: own.unitId },
      { role: 'COORDINATING', unitId: theirs.unitId },
      { role: 'CO_DESIGN', universityId: theirs.universityId },
    ];
    expect(await asked(own.manager, 'addProgramme', { ...facts(), partners: given })).toBe('done');
  });

  it.each(['LEAD', 'COMMISSIONING', 'DELIVERING', 'FUNDING'])(
    'names no unit out of reach as %s',
    async (role) => {
      const given = [
        { role: 'LEAD', unitId: own.unitId },
        { role, unitId: theirs.unitId },
      ];
      const refused = ['NOT_FOUND partners.1.unitId'];
      expect(await asked(own.manager, 'addProgramme', { ...facts(), partners: given })).toEqual(refused);
      const programmeId = await programmeOf({ partners: [given[0]] });
      const revision = { programmeId, partners: given };
      expect(await asked(own.manager, 'reviseProgramme', revision)).toEqual(refused);
    },
  );

  it("removes no partner out of reach, but can remove the caller's own", async () => {
    const { universityId } = theirs;
    const mine = { role: 'LEAD', unitId: own.unitId };
    const others = [
      commissionedBy(theirs),
      { role: 'COORDINATING', unitId: theirs.topId },
      { role: 'FUNDING', universityId: own.universityId },
    ];
    const programmeId = await programmeOf({ universityId, partners: [mine, ...others] });
    const before = await partners(programmeId);
    const revised = (more: Fields) => asked(own.manager, 'reviseProgramme', { programmeId, ...more });
    for (const left of [[], [mine], [mine, ...others.slice(1)], [mine, ...others.slice(0, 2)], null]) {
      expect(await revised({ partners: left })).toEqual(['NOT_FOUND partners']);
    }
    const demoted = [mine, { ...others[0], role: 'COORDINATING' }, ...others.slice(1)];
    expect(await revised({ partners: demoted })).toEqual(['NOT_FOUND partners']);
    expect(await revised({ universityId: null })).toEqual(['NOT_FOUND universityId']);
    expect(await partners(programmeId)).toEqual(before);
    expect(await revised({ name: 'Tên mới', partners: [...others, mine], universityId })).toBe('done');
    expect(await revised({ partners: others })).toBe('done');
    expect((await partners(programmeId)).university).toEqual({ id: universityId });
  });

  it('get the reason in their language', async () => {
    const input = { ...facts(), universityId: theirs.universityId, partners: [commissionedBy(own)] };
    const document = `mutation ($input: AddProgrammeInput!) { addProgramme(input: $input) { userErrors { message } } }`;
    const messages = [];
    for (const language of ['vi', 'en']) {
      const { data } = await server.ask(document, { input }, { token: own.manager, language });
      messages.push(data.addProgramme.userErrors[0].message);
    }
    expect(messages).toEqual([
      expect.stringContaining('chưa hợp tác với đơn vị của bạn'),
      expect.stringContaining('neither within your reach nor works with what is'),
    ]);
  });
});

describe('a registrar', () => {
  it('takes their own university out of a programme, and puts no other into its place', async () => {
    const { universityId } = own;
    const programmeId = await programmeOf({ universityId, partners: [commissionedBy(theirs)] });
    const revised = (more: Fields) => asked(own.registrar, 'reviseProgramme', { programmeId, ...more });
    expect(await revised({ universityId: theirs.universityId })).toEqual(['NOT_FOUND universityId']);
    expect(await revised({ partners: [] })).toEqual(['NOT_FOUND partners']);
    expect(await revised({ universityId: null })).toBe('done');
    expect(await partners(programmeId)).toMatchObject({
      partners: [{ role: 'COMMISSIONING' }],
      university: null,
    });
  });
});

it('an administrator names and removes any partner', async () => {
  const token = await tokenOf({ subject: 'keeper', role: Role.ADMINISTRATOR });
  const programmeId = await programmeOf({ universityId: own.universityId, partners: [commissionedBy(own)] });
  const input = { programmeId, universityId: theirs.universityId, partners: [commissionedBy(theirs)] };
  expect(await asked(token, 'reviseProgramme', input)).toBe('done');
  expect(await asked(token, 'planCohort', plan(programmeId, own))).toBe('done');
});
