// Event filters: which events they let through, live and by query.
import { connect, type LiveClient } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCohort,
  newOfficial,
  newProgramme,
  newUnit,
  newUniversity,
  nominate,
} from '../support/world';
import { FOLLOW_COHORTS, FOLLOW_GRADUATES, pullCohorts, take, Writer } from '../server/stream';

let server: TestServer;
let client: LiveClient;
beforeAll(async () => {
  server = await startTestServer();
  client = await connect(server.url);
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

describe('filters on cohort events', () => {
  /** Ids by the names the table below uses. */
  const ids: Record<string, string> = {};
  const writers: Record<string, Writer> = {};
  beforeAll(async () => {
    ids.city = (await newUnit(server, { kind: 'MUNICIPALITY' })).id;
    ids.district = (await newUnit(server, { kind: 'URBAN_DISTRICT', parentId: ids.city })).id;
    ids.ward = (await newUnit(server, { parentId: ids.district })).id;
    ids.elsewhere = (await newUnit(server)).id;
    ids.economics = (await newUniversity(server)).id;
    ids.law = (await newUniversity(server)).id;
    ids.budgets = (await newProgramme(server, { universityId: ids.economics })).id;
    ids.justice = (await newProgramme(server, { universityId: ids.law })).id;
    ids.inHouse = (await newProgramme(server)).id;
    const plan = async (name: string, hostUnitId: string, programmeId: string) => {
      writers[name] = await Writer.start(server, { hostUnitId, programmeId });
      ids[name] = writers[name].cohort.id;
    };
    await plan('inWard', ids.ward, ids.budgets);
    await plan('inDistrict', ids.district, ids.justice);
    await plan('inCity', ids.city, ids.inHouse);
    await plan('outside', ids.elsewhere, ids.budgets);
  });

  type Names = Partial<Record<'cohortIds' | 'programmeIds' | 'universityIds' | 'unitIds', string[]>>;
  const withIds = (names: Names) =>
    Object.fromEntries(
      Object.entries(names).map(([list, of]) => [list, of.map((name) => ids[name] ?? name)]),
    );

  it.each<[Names, object, string[]]>([
    [{}, {}, ['inWard', 'inDistrict', 'inCity', 'outside']],
    [{ cohortIds: ['inCity'] }, {}, ['inCity']],
    [{ cohortIds: ['inWard', 'outside'] }, {}, ['inWard', 'outside']],
    [{ programmeIds: ['budgets'] }, {}, ['inWard', 'outside']],
    [{ universityIds: ['law'] }, {}, ['inDistrict']],
    [{ universityIds: ['law', 'economics'] }, {}, ['inWard', 'inDistrict', 'outside']],
    [{ unitIds: ['city'] }, {}, ['inWard', 'inDistrict', 'inCity']],
    [{ unitIds: ['district'] }, {}, ['inWard', 'inDistrict']],
    [{ unitIds: ['district'] }, { includeSubunits: null }, ['inWard', 'inDistrict']],
    [{ unitIds: ['district'] }, { includeSubunits: false }, ['inDistrict']],
    [{ unitIds: ['city', 'elsewhere'] }, { includeSubunits: false }, ['inCity', 'outside']],
    [{ unitIds: ['city'], programmeIds: ['budgets'] }, {}, ['inWard']],
    [{ unitIds: ['city'] }, { kinds: ['REVISED'] }, ['inWard', 'inDistrict', 'inCity']],
  ])('%j %j lets through %j', async (names, more, expected) => {
    const after = await logEnd(server);
    const variables = { filter: { ...withIds(names), ...more }, after };
    const subscriber = client.subscribe(FOLLOW_COHORTS, variables);
    const codes: string[] = [];
    // A stranger among the events would push what is expected out of its place, the second round included.
    for (const _round of [1, 2]) {
      for (const writer of Object.values(writers)) await writer.revise();
      codes.push(...expected.map((name) => writers[name]!.cohort.code));
    }
    const live = await take(subscriber, codes.length);
    expect(live.map(({ cohort }) => cohort.code)).toEqual(codes);
    expect(await pullCohorts(server, after, variables.filter)).toEqual(live);
    subscriber.stop();
  });

  it.each<[Names, object]>([
    [{ cohortIds: [] }, {}],
    [{ unitIds: ['city'], universityIds: ['law'], programmeIds: ['budgets'] }, {}],
    [{ cohortIds: ['inWard'] }, { kinds: [] }],
    [{ cohortIds: ['inWard'] }, { kinds: ['CANCELLED'] }],
  ])('%j %j lets nothing through', async (names, more) => {
    const after = await logEnd(server);
    for (const writer of Object.values(writers)) await writer.revise();
    expect(await pullCohorts(server, after, { ...withIds(names), ...more })).toEqual([]);
  });

  it('keeps a unit below the one it was under when the event happened', async () => {
    const parent = await newUnit(server);
    const child = await newUnit(server, { parentId: parent.id });
    const after = await logEnd(server);
    const cohort = await newCohort(server, { hostUnitId: child.id });
    const told = await pullCohorts(server, after, { unitIds: [parent.id] });
    expect(told.map((event) => event.cohort.code)).toEqual([cohort.code]);
  });
});

describe('filters on graduate events', () => {
  it('find graduates by the unit that sent them, cohort, programme, university and kind', async () => {
    const sender = await newUnit(server, { parentId: (await newUnit(server)).id });
    const host = await newUnit(server);
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { universityId })).id;
    const cohort = await newCohort(server, { hostUnitId: host.id, programmeId });
    const [own, guest] = [
      await newOfficial(server, { unitId: host.id }),
      await newOfficial(server, { unitId: sender.id }),
    ];
    await must(server, 'openEnrolment', { cohortId: cohort.id }, 'cohort { id }');
    const enrolmentIds = await nominate(server, cohort.id, [own.id, guest.id]);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'enrolments { id }');
    await must(server, 'startCohort', { cohortId: cohort.id }, 'cohort { id }');
    const other = await newClass(server, 1);
    const after = await logEnd(server);
    const record = async (cohortId: string, officialIds: string[]): Promise<string[]> => {
      const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-06-01' }));
      const payload = await must(server, 'recordGraduates', { cohortId, graduates }, 'graduates { id }');
      return payload.graduates.map(({ id }: { id: string }) => id);
    };
    const [ownId, guestId] = await record(cohort.id, [own.id, guest.id]);
    const [otherId] = await record(other.cohort.id, other.officialIds);
    await must(server, 'revokeGraduate', { graduateId: ownId }, 'graduate { id }');
    await must(server, 'revokeGraduate', { graduateId: guestId }, 'graduate { id }');
    await must(server, 'revokeGraduate', { graduateId: otherId }, 'graduate { id }');
    const query = `query ($filter: GraduateEventFilter, $after: EventCursor) {
      graduateEvents(filter: $filter, after: $after) { cursor kind graduateId graduate { id } cohort { id } } }`;
    const table: [object, (string | undefined)[]][] = [
      [{}, [ownId, guestId, otherId, ownId, guestId, otherId]],
      [{ cohortIds: [cohort.id] }, [ownId, guestId, ownId, guestId]],
      [{ programmeIds: [programmeId] }, [ownId, guestId, ownId, guestId]],
      [{ universityIds: [universityId] }, [ownId, guestId, ownId, guestId]],
      [{ unitIds: [sender.id] }, [guestId, guestId]],
      [{ unitIds: [host.id], includeSubunits: false }, [ownId, ownId]],
      [{ kinds: ['REVOKED'] }, [ownId, guestId, otherId]],
      [{ kinds: ['RECORDED'], unitIds: [other.unitId] }, [otherId]],
    ];
    for (const [filter, expected] of table) {
      const subscriber = client.subscribe(FOLLOW_GRADUATES, { filter, after });
      const live = await take<{ graduateId: string }>(subscriber, expected.length);
      expect(live.map(({ graduateId }) => graduateId)).toEqual(expected);
      expect((await server.ask(query, { filter, after })).data.graduateEvents).toEqual(live);
      subscriber.stop();
    }
  });
});

describe('a filter with an id of another kind', () => {
  const WRONG: [string, object][] = [
    ['cohortIds', { cohortIds: ['unit_01jb8zf4xeeq3rnp2b9a9d1y2c'] }],
    ['programmeIds', { programmeIds: ['nonsense'] }],
    ['universityIds', { universityIds: [''] }],
    ['unitIds', { unitIds: ["unit_'; DROP TABLE event; --"] }],
  ];

  it.each(WRONG)('is refused live: %s', async (field, filter) => {
    const end = await logEnd(server);
    for (const query of [FOLLOW_COHORTS, FOLLOW_GRADUATES]) {
      const { data, errors } = await client.subscribe(query, { filter }).next();
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([
        { message: expect.stringContaining(`filter.${field}`), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
    expect(await logEnd(server)).toBe(end);
  });

  it.each(WRONG)('is refused by pulling: %s', async (field, filter) => {
    const { data, errors } = await server.ask(
      'query ($filter: CohortEventFilter) { cohortEvents(filter: $filter) { cursor } }',
      { filter },
    );
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining(field),
        path: ['cohortEvents'],
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});
