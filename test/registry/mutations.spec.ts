// Every mutation of the schema: records an event when it changes something; when refused, the database stays as it was.
import { decodeCursor } from '../../src/events/cursor';
import { makeSchema } from '../../src/schema';
import { contents, sql } from '../support/database';
import { INPUTS, newPlace, type Place, validInput } from '../support/inputs';
import { startTestServer, type TestServer } from '../support/server';
import { logEnd, must, newCode, newServiceRule, refusals } from '../support/world';

let server: TestServer;
let place: Place;
beforeAll(async () => {
  server = await startTestServer();
  place = await newPlace(server);
  await newServiceRule(server);
});
afterAll(() => server.stop());

const mutations = makeSchema().getMutationType()!.getFields();

/** Who read what is noted in its own time. */
const notReads = (table: string): boolean => !table.startsWith('data_access');

test('the catalogue of inputs has every mutation of the schema', () => {
  expect(Object.keys(INPUTS).sort()).toEqual(Object.keys(mutations).sort());
});

/** Fails unless everything in the database, but who read what, is afterwards what it was. */
async function changingNothing(act: () => Promise<void>): Promise<void> {
  const before = await contents(server.folder, notReads);
  await act();
  expect(await contents(server.folder, notReads)).toBe(before);
}

async function refused(name: string, input: object): Promise<void> {
  const errors = await refusals(server, name, { ...input, clientMutationId: newCode('key ') });
  expect(errors.length).toBeGreaterThan(0);
  for (const { path, message } of errors) {
    expect(path[0]).toBe('input');
    expect(message).not.toBe('');
  }
}

test.each(Object.entries(INPUTS))(
  '%s records what it changed, once for all its retries, and changes nothing at all when it is refused',
  async (name, { valid, wrong }) => {
    const input = await valid(place);
    await changingNothing(async () => {
      const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
      const mutation = `mutation ($input: ${Input}) { ${name}(input: $input) { cursor } }`;
      const { errors } = await server.ask(mutation, { input }, { as: null });
      expect(errors).toMatchObject([{ path: [name], extensions: { code: 'UNAUTHENTICATED' } }]);
      if (wrong) await refused(name, { ...input, ...wrong(input) });
    });

    const before = await logEnd(server);
    const keyed = { ...input, clientMutationId: newCode('key ') };
    const first = await must(server, name, keyed, '__typename');
    expect(first.cursor).not.toBe(before);
    expect(await logEnd(server)).toBe(first.cursor);
    const recorded = await sql(
      server.folder,
      `SELECT name FROM event WHERE seq > ${decodeCursor(before).seq}`,
    );
    expect(mutations[name]!.extensions.events).toEqual(
      expect.arrayContaining(recorded.map((event) => event.name)),
    );

    await changingNothing(async () => {
      expect(await must(server, name, keyed, '__typename')).toEqual(first);
      if (!wrong) await refused(name, input);
    });
  },
);

describe('a revision that says what is there already', () => {
  test.each([
    'reviseOfficial',
    'reviseUniversity',
    'reviseProgramme',
    'reviseCohort',
    'correctGraduate',
    'reviseSession',
    'correctAttendance',
    'reviseRequirement',
    'revisePlan',
  ])('records nothing and changes nothing: %s', async (name) => {
    const { version: _version, ...input } = await validInput(name, place);
    const version = name === 'reviseCohort' ? 1 : undefined;
    const first = await must(server, name, { ...input, version }, '__typename');
    const before = await contents(server.folder, notReads);
    const again = { ...input, version: version && version + 1 };
    expect((await must(server, name, again, '__typename')).cursor).toBe(first.cursor);
    expect(await contents(server.folder, notReads)).toBe(before);
  });
});

describe('uniqueness', () => {
  const codes = {
    addPosition: (code: string) => ({ code, title: 'Chuyên viên' }),
    addTopic: (code: string) => ({ code, name: 'Quy hoạch' }),
    addUniversity: (code: string) => ({ code, name: 'Đại học' }),
    addProgramme: (code: string) => ({
      ...{ code, name: 'Lớp kỹ năng', kind: 'REFRESHER' },
      ...{ contentGroup: 'PROFESSIONAL_SKILLS', basis: 'JOB_POSITION' },
    }),
    openUnit: (code: string) => ({ code, kind: 'WARD', name: 'Phường' }),
  };
  const refusedAs = (name: string) => (name === 'openUnit' ? 'OVERLAPPING_PERIOD' : 'ALREADY_EXISTS');

  test.each(Object.entries(codes))(
    'of a code in %s holds when ten ask for it at once',
    async (name, input) => {
      const before = await logEnd(server);
      const code = newCode('X');
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => refusals(server, name, input(code))),
      );
      expect(answers.flat().map((each) => `${each.code} ${each.path.join('.')}`)).toEqual(
        Array(9).fill(`${refusedAs(name)} input.code`),
      );
      const end = await logEnd(server);
      expect(end).not.toBe(before);
      expect((await refusals(server, name, input(code))).map((each) => each.code)).toEqual([refusedAs(name)]);
      expect(await logEnd(server)).toBe(end);
    },
  );
});
