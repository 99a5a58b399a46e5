// The past: a class held at a district that was closed since is typed in through the API by those who reach what the
// district has become, from the agreement to the initiatives, and counts like the same facts in the sample city.
import { Role } from '../../src/access/policy';
import { startSampleServer } from '../support/sample';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import { must, newCode, newPosition, newTopic, newUnit, newUniversity, refusals } from '../support/world';

type Fields = Record<string, any>;

/** Asks as somebody; the question must be answered. */
async function read(
  server: TestServer,
  query: string,
  variables: object = {},
  token?: string,
): Promise<Fields> {
  const { data, errors } = await server.ask(query, variables, token ? { token } : {});
  expect(errors).toBeUndefined();
  return data;
}

/** The server as somebody with a token sees it. */
const as = (server: TestServer, token: string): TestServer => ({
  ...server,
  ask: (query, variables, options) => server.ask(query, variables, { token, ...options }),
});

const FIGURES = 'cohorts participations officials graduates';

describe('the class of Quận 7, typed in by a city, a ward and a university', () => {
  let sample: TestServer;
  let server: TestServer;
  let city: TestServer;
  let ward: TestServer;
  let registrar: TestServer;
  let district: Fields;
  /** Ids of the units made here, by the ids of the sample. */
  const unitIds = new Map<string, string>();
  const officialIds = new Map<string, string>();
  let learners: Fields[];
  let original: Fields;
  let cohortId: string;
  let programmeId: string;
  let topicCode: string;
  let wardId: string;

  beforeAll(async () => {
    [sample, server] = [await startSampleServer(), await startTestServer()];
    await readSample();
    await makeUnits();
    const universityId = (await newUniversity(server)).id;
    topicCode = (await newTopic(server)).code;
    const claims = { subject: 'registrar', role: Role.UNIVERSITY_REGISTRAR, universityId };
    registrar = as(server, await tokenOf(claims));
    await typeIn(universityId);
  });
  afterAll(async () => {
    await sample.stop();
    await server.stop();
  });

  /** What the sample says of the class: its learners with the post of that day, and where the units went. */
  async function readSample() {
    const { cohorts } = await read(
      sample,
      `{ cohorts(filter: { codes: ["Q7-QLC-1"] }) { nodes { id code name periodLabel startsOn endsOn programme { id }
        graduates(first: 100) { nodes { graduatedOn official { id } } }
        enrolments(first: 100) { nodes { nominatedOn status categoryAtEnrolment unitAtEnrolment { id }
          official { id code fullName dateOfBirth
            assignments { isManagerial validFrom validTo unit { id } position { code title } } } } } } } }`,
    );
    original = cohorts.nodes[0];
    learners = original.enrolments.nodes;
    const link = 'successors { kind isPartial successor { id code kind name } }';
    const { unit } = await read(
      sample,
      `{ unit(code: "778", on: "2021-10-16") { id code name children(first: 50) { nodes { id code name ${link} } } } }`,
    );
    district = unit;
  }

  /** The old city, the district and its wards, and on 2025-07-01 what they became. */
  async function makeUnits() {
    const before = { validFrom: '1997-01-01' };
    const old = await newUnit(server, {
      ...before,
      kind: 'MUNICIPALITY',
      code: '79',
      name: 'Thành phố Hồ Chí Minh',
    });
    const { code, name } = district;
    const own = { ...before, kind: 'URBAN_DISTRICT', code, name, parentId: old.id };
    unitIds.set(district.id, (await newUnit(server, own)).id);
    const wards: Fields[] = district.children.nodes;
    for (const each of wards) {
      const input = { ...before, code: each.code, name: each.name, parentId: unitIds.get(district.id) };
      unitIds.set(each.id, (await newUnit(server, input)).id);
    }
    const heirs = new Map(
      wards
        .flatMap(({ successors }) => successors)
        .map(({ successor }: Fields) => [successor.code, successor]),
    );
    const successions = wards.flatMap(({ id, successors }) =>
      successors.map(({ kind, isPartial, successor }: Fields) => ({
        ...{ predecessorId: unitIds.get(id), successorCode: successor.code, kind, isPartial },
      })),
    );
    const { opened } = await must(
      server,
      'reorganiseUnits',
      {
        effectiveOn: '2025-07-01',
        closeIds: [old.id, ...unitIds.values()],
        open: [
          { code: '79', kind: 'MUNICIPALITY', name: 'Thành phố Hồ Chí Minh' },
          ...[...heirs.values()].map(({ code, kind, name }) => ({ code, kind, name, parentCode: '79' })),
        ],
        successions: [
          { predecessorId: old.id, successorCode: '79', kind: 'MERGED' },
          { predecessorId: unitIds.get(district.id), kind: 'DISSOLVED' },
          ...successions,
        ],
      },
      'opened { id code }',
    );
    const idOf = new Map(opened.map((each: Fields) => [each.code, each.id]));
    for (const { id, code } of heirs.values()) unitIds.set(id, idOf.get(code) as string);
    city = as(
      server,
      await tokenOf({ subject: 'city', role: Role.UNIT_MANAGER, unitId: idOf.get('79') as string }),
    );
    // A ward that took over some ward as a whole.
    const whole = wards.find(({ successors }) => successors.length === 1)!;
    wardId = unitIds.get(whole.successors[0].successor.id)!;
    ward = as(server, await tokenOf({ subject: 'ward', role: Role.UNIT_MANAGER, unitId: wardId }));
  }

  /** From the agreement of the district to the ceremony. */
  async function typeIn(universityId: string) {
    const hostUnitId = unitIds.get(district.id)!;
    const agreement = {
      unitId: hostUnitId,
      universityId,
      title: 'Thỏa thuận hợp tác',
      signedOn: '2021-05-20',
    };
    await must(city, 'signPartnership', agreement, 'cursor');
    const programme = {
      ...{ code: newCode('C'), name: 'Thạc sĩ Điều hành cao cấp Quản lý công', kind: 'DEGREE' },
      ...{ degreeLevel: 'MASTER', contentGroup: 'STATE_MANAGEMENT', basis: 'TITLE_STANDARD', universityId },
      partners: [{ role: 'LEAD', unitId: hostUnitId }],
    };
    programmeId = (await must(city, 'addProgramme', programme, 'programme { id }')).programme.id;
    const { code, name, periodLabel, startsOn, endsOn } = original;
    const plan = { code, name, periodLabel, startsOn, endsOn, programmeId, hostUnitId };
    cohortId = (await must(city, 'planCohort', plan, 'cohort { id }')).cohort.id;
    await registerLearners();
    await must(city, 'openEnrolment', { cohortId }, 'cursor');
    const enrolmentIds = await nominateLearners();
    await must(registrar, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
    await must(registrar, 'startCohort', { cohortId }, 'cursor');
    await must(registrar, 'completeCohort', { cohortId }, 'cursor');
    const { topics } = await read(server, '{ topics { id code } }');
    const topicId = topics.find((each: Fields) => each.code === topicCode).id;
    const graduates = original.graduates.nodes.map(({ graduatedOn, official }: Fields) => ({
      ...{ graduatedOn, officialId: officialIds.get(official.id), credentialNumber: newCode('SH-') },
      thesis: { kind: 'PROJECT', title: 'Quản lý trật tự đô thị', unitId: hostUnitId, topicIds: [topicId] },
    }));
    await must(registrar, 'recordGraduates', { cohortId, graduates }, 'cursor');
  }

  /** Every learner with the post of that time: whoever served at a ward that this one took over is entered by it. */
  async function registerLearners() {
    const positions = new Map<string, string>();
    for (const { official, nominatedOn, categoryAtEnrolment } of learners) {
      const post = official.assignments.find(
        ({ validFrom, validTo }: Fields) => validFrom <= nominatedOn && (validTo ?? '9999') >= nominatedOn,
      );
      const { code, title } = post.position;
      if (!positions.has(code)) positions.set(code, (await newPosition(server, { title })).code);
      const input = {
        ...{ code: newCode('CB'), fullName: official.fullName, dateOfBirth: official.dateOfBirth },
        ...{
          category: categoryAtEnrolment,
          positionCode: positions.get(code),
          isManagerial: post.isManagerial,
        },
        ...{ unitId: unitIds.get(post.unit.id), since: post.validFrom, until: post.validTo ?? '2025-06-30' },
      };
      const clerk = (await isOwn(input.unitId!)) ? ward : city;
      const registered = await must(clerk, 'registerOfficial', input, 'official { id fullName }');
      expect(registered.official.fullName).toBe(official.fullName);
      officialIds.set(official.id, registered.official.id);
    }
  }

  /** Whether the ward has taken over a unit as a whole. */
  async function isOwn(unitId: string): Promise<boolean> {
    const { unit } = await read(
      server,
      'query ($id: ID!) { unit(id: $id) { successors { successor { id } } } }',
      { id: unitId },
    );
    return (
      unit.successors.length > 0 && unit.successors.every(({ successor }: Fields) => successor?.id === wardId)
    );
  }

  async function nominateLearners(): Promise<string[]> {
    const ids: string[] = [];
    for (const { official, nominatedOn, unitAtEnrolment } of learners) {
      const clerk = (await isOwn(unitIds.get(unitAtEnrolment.id)!)) ? ward : city;
      const input = { cohortId, officialIds: [officialIds.get(official.id)], asOf: nominatedOn };
      const { enrolments } = await must(
        clerk,
        'nominateOfficials',
        input,
        'enrolments { id unitAtEnrolment { id } }',
      );
      expect(enrolments[0].unitAtEnrolment.id).toBe(unitIds.get(unitAtEnrolment.id));
      ids.push(enrolments[0].id);
    }
    return ids;
  }

  it('has learners whom the ward entered, and others', async () => {
    const own = await Promise.all(
      learners.map(({ unitAtEnrolment }) => isOwn(unitIds.get(unitAtEnrolment.id)!)),
    );
    expect(new Set(own)).toEqual(new Set([true, false]));
  });

  it.each([
    ['as a whole', null],
    ['by category', 'CATEGORY'],
    ['by year', 'YEAR'],
    ['by kind of programme', 'PROGRAMME_KIND'],
    ['by where it is held', 'LOCATION'],
  ])('counts in 2021-2023 like the same facts in the sample, %s', async (_how, groupBy) => {
    const query = `query ($filter: TrainingStatisticsFilter, $groupBy: TrainingStatisticsDimension) {
      trainingStatistics(filter: $filter, groupBy: $groupBy) { ${FIGURES} groups { key ${FIGURES} } } }`;
    const startsOn = { from: '2021-01-01', to: '2023-12-31' };
    const there = { startsOn, unitIds: [district.id], programmeIds: [original.programme.id] };
    const here = { startsOn, unitIds: [unitIds.get(district.id)], programmeIds: [programmeId] };
    const { trainingStatistics: theirs } = await read(sample, query, { filter: there, groupBy });
    const { trainingStatistics: ours } = await read(server, query, { filter: here, groupBy });
    expect(ours).toEqual(theirs);
    expect(ours).toMatchObject({ cohorts: 1, participations: 42, graduates: 38 });
    // Whoever reaches all that the district has become sees its figures like an administrator.
    expect((await read(city, query, { filter: here, groupBy })).trainingStatistics).toEqual(ours);
  });

  it('shows its learners to the city, those it sent to the ward, and all of them to the university', async () => {
    const query = `query ($id: ID!) { cohort(id: $id) { enrolments(first: 100) { totalCount nodes { official { fullName } } } } }`;
    const shown = async (reader: TestServer) =>
      (await read(reader, query, { id: cohortId })).cohort.enrolments;
    for (const reader of [city, registrar]) {
      const { totalCount, nodes } = await shown(reader);
      expect(totalCount).toBe(42);
      for (const { official } of nodes) expect(official.fullName).toEqual(expect.any(String));
    }
    const sent = await Promise.all(
      learners.map(({ unitAtEnrolment }) => isOwn(unitIds.get(unitAtEnrolment.id)!)),
    );
    expect((await shown(ward)).totalCount).toBe(sent.filter(Boolean).length);
  });

  it('takes what came of it on its day: an order, an initiative, a follow-up', async () => {
    const unitId = unitIds.get(district.id)!;
    const { cohort } = await read(
      city,
      `query ($id: ID!) { cohort(id: $id) { university { id } graduates(first: 1) { nodes { id } }
        enrolments(first: 1, filter: { statuses: [COMPLETED] }) { nodes { id } } } }`,
      { id: cohortId },
    );
    const proposal = {
      ...{ enrolmentIds: [cohort.enrolments.nodes[0].id], unitId, proposedOn: '2024-03-15' },
      ...{ title: 'Giảm ngập hẻm', localProblem: 'Ngập nước ở các hẻm nhỏ' },
    };
    const { initiative } = await must(
      city,
      'proposeInitiative',
      proposal,
      'initiative { id proposedOn createdAt }',
    );
    expect(initiative).toMatchObject({ proposedOn: '2024-03-15', createdAt: expect.any(String) });
    const initiativeId = initiative.id;
    await must(city, 'studyInitiative', { initiativeId }, 'cursor');
    const applied = { initiativeId, unitId, result: 'Hết ngập', appliedOn: '2024-09-01' };
    expect(await refusals(city, 'applyInitiative', { ...applied, appliedOn: '2024-03-14' })).toMatchObject([
      { code: 'INVALID', path: ['input', 'appliedOn'] },
    ]);
    await must(city, 'applyInitiative', applied, 'initiative { appliedOn appliedUnit { id } }');
    const followUp = {
      ...{
        graduateId: cohort.graduates.nodes[0].id,
        time: 'AFTER_3_MONTHS',
        isApplied: true,
        how: 'Hằng ngày',
      },
    };
    expect(await refusals(city, 'recordFollowUp', { ...followUp, recordedOn: '2024-05-28' })).toMatchObject([
      { code: 'INVALID', path: ['input', 'recordedOn'] },
    ]);
    const selection = 'followUp { recordedOn createdAt }';
    const recorded = await must(city, 'recordFollowUp', { ...followUp, recordedOn: '2024-06-03' }, selection);
    expect(recorded.followUp).toEqual({ recordedOn: '2024-06-03', createdAt: expect.any(String) });
    const order = {
      ...{
        unitId,
        universityId: cohort.university.id,
        title: 'Quản lý dự án',
        expectedOutcome: 'Làm được ngay',
      },
      ...{ headcount: 30, requestedOn: '2022-03-01', neededBy: '2022-06-30' },
    };
    const { order: asked } = await must(city, 'requestTraining', order, 'order { id requestedOn }');
    expect(asked.requestedOn).toBe('2022-03-01');
    expect(await refusals(city, 'requestTraining', { ...order, requestedOn: '2999-01-01' })).toMatchObject([
      { code: 'INVALID', path: ['input', 'requestedOn'] },
    ]);
  });

  it('is refused to a ward that has become a part of the district only, and after the district was closed', async () => {
    const input = {
      ...{ code: newCode('K'), name: 'Lớp', programmeId, startsOn: '2024-04-15' },
      hostUnitId: unitIds.get(district.id),
    };
    expect(await refusals(ward, 'planCohort', input)).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'hostUnitId'] },
    ]);
    for (const [language, message] of [
      ['vi', 'Quận 7 đã kết thúc hoạt động ngày 30/6/2025. Hãy chọn đơn vị kế thừa.'],
      ['en', 'Quận 7 was closed on 2025-06-30. Choose one of its successors.'],
    ]) {
      const late = { ...input, startsOn: '2025-07-01' };
      expect(await refusals(city, 'planCohort', late, language)).toEqual([
        { code: 'UNIT_CLOSED', path: ['input', 'hostUnitId'], message },
      ]);
    }
  });
});
