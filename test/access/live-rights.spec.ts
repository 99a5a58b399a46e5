// Rights during a subscription: a revoked role, an ended post or an expired token ends what rested on it.
import type { EntityManager } from 'typeorm';
import { Role } from '../../src/access/policy';
import { engine } from '../../src/config/database-location';
import { newId } from '../../src/lib/ids';
import { lockRows } from '../../src/database/locks';
import { Cohort } from '../../src/registry/cohort/cohort.entity';
import { sql } from '../support/database';
import { connect } from '../support/live';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import { logEnd, must, newClass, newCode, newCohort, newUnit } from '../support/world';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

const GRADUATES =
  'subscription ($f: GraduateEventFilter) { graduateRecorded(filter: $f) { graduate { official { fullName } } } }';
const COHORTS = 'subscription { cohortChanged { cohort { id } } }';

const grant = async (input: object) =>
  (await must(server, 'grantRole', input, 'grant { id }')).grant.id as string;
const revoke = (grantId: string) => must(server, 'revokeRole', { grantId }, 'cursor');
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    (result) => (result as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code,
    (error: Error) => JSON.parse(error.message)[0].extensions.code as string,
  );

async function graduation(): Promise<{ unitId: string; record: () => Promise<unknown> }> {
  const { cohort, officialIds, unitId } = await newClass(server, 1);
  const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
  return {
    unitId,
    record: () => must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'cursor'),
  };
}

describe('a role that is granted', () => {
  it('gives its reach to the subject at once, and viewer tells of it', async () => {
    const subject = newCode('somebody-');
    const token = await tokenOf({ subject });
    const viewer = async () =>
      (await server.ask('{ viewer { subject roles { role units { id } } permissions } }', {}, { token })).data
        .viewer;
    expect(await viewer()).toEqual({ subject, roles: [], permissions: ['viewer.read'] });
    const { errors } = await server.ask('{ units { totalCount } }', {}, { token });
    expect(errors![0]).toMatchObject({ message: expect.stringContaining('You hold no role yet') });
    const unit = await newUnit(server);
    await grant({ role: 'UNIT_MANAGER', subject, unitId: unit.id });
    expect(await viewer()).toMatchObject({
      roles: [{ role: 'UNIT_MANAGER', units: [{ id: unit.id }] }],
      permissions: expect.arrayContaining(['cohort.plan', 'official.register']),
    });
  });

  it('is listed in permissions only where it reaches something', async () => {
    const permissions = async (claims: object) => {
      const token = await tokenOf({ subject: newCode('somebody-'), ...claims });
      return (await server.ask('{ viewer { permissions } }', {}, { token })).data.viewer.permissions;
    };
    const [unit, nowhere] = [await newUnit(server), newId('unit')];
    const manager = await permissions({ role: 'UNIT_MANAGER', unitId: unit.id });
    expect(manager).toEqual(expect.arrayContaining(['cohort.read', 'cohort.plan', 'official.read']));
    const lost = await permissions({ role: 'UNIT_MANAGER', unitId: nowhere });
    expect(lost).toEqual(await permissions({ role: 'VIEWER' }));
    expect(lost).toContain('cohort.read');
    for (const each of ['cohort.plan', 'official.read']) expect(lost).not.toContain(each);
  });

  it('counts only from its first day to its last', async () => {
    const subject = newCode('somebody-');
    const token = await tokenOf({ subject });
    const roles = async () =>
      (await server.ask('{ viewer { roles { role } } }', {}, { token })).data.viewer.roles;
    await grant({ role: 'VIEWER', subject, from: '2999-01-01' });
    await grant({ role: 'VIEWER', subject, from: '2020-01-01', until: '2020-12-31' });
    expect(await roles()).toEqual([]);
    await grant({ role: 'VIEWER', subject, until: '2998-12-31' });
    expect(await roles()).toEqual([{ role: 'VIEWER' }]);
  });

  it('to an official is held by whichever subject they are', async () => {
    const { officialIds, unitId } = await newClass(server, 1);
    const subject = newCode('somebody-');
    const token = await tokenOf({ subject });
    await grant({ role: 'UNIT_MANAGER', officialId: officialIds[0], unitId });
    const roles = async () =>
      (await server.ask('{ viewer { official { id } roles { role } } }', {}, { token })).data.viewer;
    expect(await roles()).toEqual({ official: null, roles: [] });
    await grant({ role: 'OFFICIAL', subject, officialId: officialIds[0] });
    expect(await roles()).toEqual({
      official: { id: officialIds[0] },
      roles: [{ role: 'OFFICIAL' }, { role: 'UNIT_MANAGER' }],
    });
  });

  it('reaches the named successors of a unit, and no others', async () => {
    const old = await newUnit(server);
    const effectiveOn = '2025-07-01';
    const open = [1, 2].map((no) => ({ code: newCode('W'), kind: 'WARD', name: `Phường ${no}` }));
    const successions = open.map(({ code }) => ({
      predecessorId: old.id,
      kind: 'SPLIT',
      successorCode: code,
    }));
    const { opened } = await must(
      server,
      'reorganiseUnits',
      { effectiveOn, closeIds: [old.id], open, successions },
      'opened { id }',
    );
    const subject = newCode('somebody-');
    const token = await tokenOf({ subject });
    await grant({ role: 'UNIT_MANAGER', subject, unitId: old.id, successorIds: [opened[0].id] });
    const plan = async (hostUnitId: string) => {
      const cohort = await newCohort(server, { hostUnitId, startsOn: '2025-09-01' });
      const query = `mutation { openEnrolment(input: { cohortId: "${cohort.id}" }) { userErrors { code } } }`;
      return (await server.ask(query, {}, { token })).data.openEnrolment.userErrors;
    };
    expect(await plan(opened[0].id)).toEqual([]);
    expect(await plan(opened[1].id)).toEqual([{ code: 'NOT_FOUND' }]);
  });
});

describe('a role that is revoked', () => {
  it('ends the subscriptions that rested on it, without an event, and lets others go on', async () => {
    const { unitId, record } = await graduation();
    const subject = newCode('somebody-');
    const grantId = await grant({ role: 'UNIT_MANAGER', subject, unitId });
    await grant({ role: 'VIEWER', subject });
    const client = await connect(server.url, { token: await tokenOf({ subject }) });
    const own = client.subscribe(GRADUATES, { f: { unitIds: [unitId] } });
    const all = client.subscribe(COHORTS);
    const marker = client.subscribe('subscription { trainingStatisticsChanged { cohorts } }');
    await marker.nextData();
    await revoke(grantId);
    expect(await refusal(own.next())).toBe('FORBIDDEN');
    await own.ended;
    await record();
    expect(await all.nextData()).toBeTruthy();
    expect(own.waiting()).toEqual([]);
    await client.close();
  });

  it('and was the last ends everything, and refuses what is asked next', async () => {
    const subject = newCode('somebody-');
    const grantId = await grant({ role: 'VIEWER', subject });
    const token = await tokenOf({ subject });
    const client = await connect(server.url, { token });
    const all = client.subscribe(COHORTS);
    const figures = client.subscribe('subscription { trainingStatisticsChanged { cohorts } }');
    await figures.nextData();
    await revoke(grantId);
    expect(await refusal(all.next())).toBe('FORBIDDEN');
    expect(await refusal(figures.next())).toBe('FORBIDDEN');
    expect(await refusal(client.subscribe(COHORTS).next())).toBe('FORBIDDEN');
    const { errors } = await server.ask('{ cohorts { totalCount } }', {}, { token });
    expect(errors![0]!.extensions.code).toBe('FORBIDDEN');
    await client.close();
  });

  it('hides a person from the next event on, where the subscription itself goes on', async () => {
    const first = await graduation();
    const second = await graduation();
    const subject = newCode('somebody-');
    await grant({ role: 'VIEWER', subject });
    const held = await Promise.all(
      [first, second].map(({ unitId }) => grant({ role: 'UNIT_MANAGER', subject, unitId })),
    );
    const after = await logEnd(server);
    const client = await connect(server.url, { token: await tokenOf({ subject }) });
    const query =
      'subscription ($after: EventCursor) { graduateRecorded(after: $after) { graduate { official { fullName } } } }';
    const follower = client.subscribe(query, { after });
    await first.record();
    expect((await follower.nextData()).graduateRecorded.graduate.official).toEqual({
      fullName: 'Nguyễn Thị Mẫu',
    });
    for (const id of held) await revoke(id);
    await second.record();
    expect((await follower.nextData()).graduateRecorded.graduate).toBeNull();
    await client.close();
  });

  it('counts for nothing in a replay either', async () => {
    const { unitId, record } = await graduation();
    const after = await logEnd(server);
    await record();
    const subject = newCode('somebody-');
    const grantId = await grant({ role: 'UNIT_MANAGER', subject, unitId });
    await revoke(grantId);
    const client = await connect(server.url, { token: await tokenOf({ subject }) });
    const query = 'subscription ($after: EventCursor) { graduateRecorded(after: $after) { graduateId } }';
    expect(await refusal(client.subscribe(query, { after }).next())).toBe('FORBIDDEN');
    await client.close();
  });
});

describe('a role that is revoked while its holder writes', () => {
  let own: TestServer; // where nothing else waits to be written
  beforeAll(async () => (own = await startTestServer()));
  afterAll(() => own.stop());

  /** A transaction in which others get stuck: on SQLite all, on PostgreSQL those that need what it locks. */
  async function hold(lock: (manager: EntityManager) => Promise<void>): Promise<() => Promise<void>> {
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    let transaction!: Promise<void>;
    await new Promise<void>((begun) => {
      transaction = own.running.services.database.transaction(async (manager) => {
        await lock(manager);
        begun();
        await released;
      });
    });
    return () => (release(), transaction);
  }
  /** Waits until so many are stuck, this operation the last of them; or until it was answered after all. */
  async function stuck(count: number, operation: Promise<unknown>): Promise<void> {
    let answered = false;
    const hear = () => (answered = true);
    operation.then(hear, hear);
    for (let found = -1; found !== count && !answered;) {
      const locks = `SELECT count(*) AS found FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      found =
        engine === 'postgres'
          ? Number((await sql(own.folder, locks))[0]!.found)
          : own.running.services.database.load().find(({ pool }) => pool === 'writes')!.waiting;
      await new Promise(setImmediate);
    }
  }
  const manager = async () => {
    const subject = newCode('somebody-');
    const unitId = (await newUnit(own)).id;
    const cohort = await newCohort(own, { hostUnitId: unitId });
    const input = { role: 'UNIT_MANAGER', subject, unitId };
    const { grant } = await must(own, 'grantRole', input, 'grant { id }');
    const token = await tokenOf({ subject });
    const revise = `mutation { reviseCohort(input: { cohortId: "${cohort.id}", version: 1, capacity: 7 }) { userErrors { code } } }`;
    return {
      subject,
      cohort,
      write: () => own.ask(revise, {}, { token }),
      revoke: () => must(own, 'revokeRole', { grantId: grant.id }, 'cursor'),
      /** What happened to the cohort and to the role since they were made. */
      events: async () => {
        const about = `subject_id IN ('${cohort.id}', '${grant.id}')`;
        const rows = await sql(own.folder, `SELECT name FROM event WHERE ${about} ORDER BY seq`);
        return rows.map(({ name }) => name as string).slice(2);
      },
    };
  };

  it('lets nothing through that still waits when it is gone', async () => {
    const { write, revoke, events } = await manager();
    const release = await hold((tx) => own.running.services.database.takeLogTurn(tx));
    const revoked = revoke();
    await stuck(1, revoked);
    const written = write(); // by somebody who may, at this moment
    await stuck(2, written);
    await release();
    await revoked;
    expect((await written).errors![0]!.extensions.code).toBe('FORBIDDEN');
    expect(await events()).toEqual(['role.revoked']);
  });

  it('no longer reaches what it alone did, though another one allows the same elsewhere', async () => {
    const { subject, write, revoke, events } = await manager();
    const elsewhere = { role: 'UNIT_MANAGER', subject, unitId: (await newUnit(own)).id };
    await must(own, 'grantRole', elsewhere, 'cursor');
    const release = await hold((tx) => own.running.services.database.takeLogTurn(tx));
    const revoked = revoke();
    await stuck(1, revoked);
    const written = write();
    await stuck(2, written);
    await release();
    await revoked;
    expect((await written).data.reviseCohort.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
    expect(await events()).toEqual(['role.revoked']);
  });

  it('is gone only when what was begun by it is through', async () => {
    const { cohort, write, revoke, events } = await manager();
    const release = await hold((tx) => lockRows(tx, Cohort, [cohort.id], 'change'));
    const written = write();
    await stuck(1, written);
    const revoked = revoke();
    await stuck(2, revoked);
    await release();
    await revoked;
    expect((await written).data.reviseCohort.userErrors).toEqual([]);
    expect(await events()).toEqual(['cohort.revised', 'role.revoked']);
  });
});

describe('an OFFICIAL', () => {
  it('reads their own record, changes nothing, and finds nobody else', async () => {
    const { officialIds } = await newClass(server, 2);
    const token = await tokenOf({ subject: 'o', role: Role.OFFICIAL, officialId: officialIds[0] });
    const query =
      '{ officials { totalCount nodes { id fullName enrolments { totalCount } } } viewer { official { id } } }';
    const { data } = await server.ask(query, {}, { token });
    expect(data).toEqual({
      officials: {
        totalCount: 1,
        nodes: [{ id: officialIds[0], fullName: 'Nguyễn Thị Mẫu', enrolments: { totalCount: 1 } }],
      },
      viewer: { official: { id: officialIds[0] } },
    });
  });
});
