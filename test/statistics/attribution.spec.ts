// Attribution after a reorganisation: a learner counts for the unit of that time or for its present successor, with the
// same totals.
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newUnit,
  nominate,
} from '../support/world';

let server: TestServer;
let positionCode: string;
beforeAll(async () => {
  server = await startTestServer();
  positionCode = (await newPosition(server)).code;
});
afterAll(() => server.stop());

/** A programme of its own, to look at nothing else; with a cohort for learners of these units. */
async function teach(
  senders: Record<string, number>,
  { hostUnitId, since }: { hostUnitId?: string; since?: string } = {},
): Promise<string> {
  const programmeId = (await newProgramme(server)).id;
  const { id: cohortId } = await newCohort(server, { programmeId, ...(hostUnitId && { hostUnitId }) });
  const officialIds: string[] = [];
  for (const [unitId, learners] of Object.entries(senders))
    for (let i = 0; i < learners; i++)
      officialIds.push((await newOfficial(server, { unitId, positionCode, ...(since && { since }) })).id);
  await must(server, 'openEnrolment', { cohortId }, 'cursor');
  const enrolmentIds = await nominate(server, cohortId, officialIds);
  await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
  return programmeId;
}

const unit = async (more: object = {}) => (await newUnit(server, more)).id;

interface Become {
  from: string;
  /** Index of an opened unit, the id of an open one, or nothing. */
  to?: number | string;
  kind: string;
  isPartial?: boolean;
}

/** Closes the units, opens as many as named, and links them; returns the ids of those opened. */
async function reorganise(
  effectiveOn: string,
  closeIds: string[],
  opened: object[],
  becomes: Become[],
): Promise<string[]> {
  const open = opened.map((more) => ({ code: newCode('U'), kind: 'WARD', name: 'Phường mới', ...more }));
  const successions = becomes.map(({ from, to, kind, isPartial = false }) => ({
    predecessorId: from,
    kind,
    isPartial,
    ...(typeof to === 'number' && { successorCode: open[to]!.code }),
    ...(typeof to === 'string' && { successorId: to }),
  }));
  const input = { effectiveOn, closeIds, open, successions };
  const payload = await must(server, 'reorganiseUnits', input, 'opened { id code }');
  return open.map(({ code }) => payload.opened.find((each: any) => each.code === code).id);
}

async function figures(programmeId: string, attribution: string, filter: object = {}): Promise<any> {
  const { data, errors } = await server.ask(
    `query ($filter: TrainingStatisticsFilter) { trainingStatistics(filter: $filter, groupBy: UNIT) {
      cohorts participations officials graduates groups { key cohorts participations officials } } }`,
    { filter: { programmeIds: [programmeId], attribution, ...filter } },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.trainingStatistics;
}

/** Participations by unit; the totals of both attributions must be the same, and the rows must add up to them. */
async function rows(
  programmeId: string,
): Promise<[then: Record<string, number>, now: Record<string, number>]> {
  const [then, now] = [
    await figures(programmeId, 'AT_TIME'),
    await figures(programmeId, 'CURRENT_SUCCESSOR'),
  ];
  expect({ ...now, groups: null }).toEqual({ ...then, groups: null });
  return [then, now].map(({ participations, groups }) => {
    const sent = groups.filter((each: any) => each.participations > 0);
    expect(sent.reduce((sum: number, each: any) => sum + each.participations, 0)).toBe(participations);
    return Object.fromEntries(sent.map((each: any) => [each.key, each.participations]));
  }) as [Record<string, number>, Record<string, number>];
}

describe('figures by the unit of today', () => {
  it('are those of then while nothing was reorganised', async () => {
    const [a, b] = [await unit(), await unit()];
    const programmeId = await teach({ [a]: 2, [b]: 1 });
    const same = { [a]: 2, [b]: 1 };
    expect(await rows(programmeId)).toEqual([same, same]);
  });

  it('go over to the unit that others merged into', async () => {
    const [a, b] = [await unit(), await unit()];
    const programmeId = await teach({ [a]: 2, [b]: 1 });
    const [merged] = await reorganise(
      '2025-07-01',
      [a, b],
      [{}],
      [
        { from: a, to: 0, kind: 'MERGED' },
        { from: b, to: 0, kind: 'MERGED' },
      ],
    );
    expect(await rows(programmeId)).toEqual([{ [a]: 2, [b]: 1 }, { [merged!]: 3 }]);
  });

  it('go over to a unit that lived on and took another in', async () => {
    const [a, b] = [await unit(), await unit()];
    const programmeId = await teach({ [a]: 2, [b]: 1 });
    await reorganise('2025-07-01', [a], [], [{ from: a, to: b, kind: 'MERGED' }]);
    expect(await rows(programmeId)).toEqual([{ [a]: 2, [b]: 1 }, { [b]: 3 }]);
  });

  it('stay in the row of a unit that was split', async () => {
    const a = await unit();
    const programmeId = await teach({ [a]: 3 });
    await reorganise(
      '2025-07-01',
      [a],
      [{}, {}],
      [
        { from: a, to: 0, kind: 'SPLIT' },
        { from: a, to: 1, kind: 'SPLIT' },
      ],
    );
    expect(await rows(programmeId)).toEqual([{ [a]: 3 }, { [a]: 3 }]);
  });

  it('stay in the row of a unit of which only a part is known to have gone over', async () => {
    const a = await unit();
    const programmeId = await teach({ [a]: 3 });
    await reorganise('2025-07-01', [a], [{}], [{ from: a, to: 0, kind: 'MERGED', isPartial: true }]);
    expect(await rows(programmeId)).toEqual([{ [a]: 3 }, { [a]: 3 }]);
  });

  it('stay in the row of a unit that was dissolved', async () => {
    const a = await unit();
    const programmeId = await teach({ [a]: 3 });
    await reorganise('2025-07-01', [a], [], [{ from: a, kind: 'DISSOLVED' }]);
    expect(await rows(programmeId)).toEqual([{ [a]: 3 }, { [a]: 3 }]);
  });

  it('stay with a unit that stays open after a part was transferred', async () => {
    const [a, b] = [await unit(), await unit()];
    const programmeId = await teach({ [a]: 2, [b]: 1 });
    await reorganise('2025-07-01', [], [], [{ from: a, to: b, kind: 'TRANSFERRED', isPartial: true }]);
    const same = { [a]: 2, [b]: 1 };
    expect(await rows(programmeId)).toEqual([same, same]);
  });

  it('wait for the day on which a reorganisation takes effect', async () => {
    const a = await unit();
    const programmeId = await teach({ [a]: 3 });
    await reorganise('2099-01-01', [a], [{}], [{ from: a, to: 0, kind: 'RENAMED' }]);
    expect(await rows(programmeId)).toEqual([{ [a]: 3 }, { [a]: 3 }]);
  });

  it('follow a chain of reorganisations to its end, and stop where it forks', async () => {
    const [a, b, c] = [await unit(), await unit(), await unit()];
    const programmeId = await teach({ [a]: 1, [b]: 2, [c]: 4 });
    const [ab] = await reorganise(
      '2024-07-01',
      [a, b],
      [{}],
      [
        { from: a, to: 0, kind: 'MERGED' },
        { from: b, to: 0, kind: 'MERGED' },
      ],
    );
    const [renamed] = await reorganise('2025-01-01', [ab!], [{}], [{ from: ab!, to: 0, kind: 'RENAMED' }]);
    expect((await rows(programmeId))[1]).toEqual({ [renamed!]: 3, [c]: 4 });
    const [abc] = await reorganise(
      '2025-07-01',
      [renamed!, c],
      [{}],
      [
        { from: renamed!, to: 0, kind: 'MERGED' },
        { from: c, to: 0, kind: 'MERGED' },
      ],
    );
    expect((await rows(programmeId))[1]).toEqual({ [abc!]: 7 });
    await reorganise(
      '2026-01-01',
      [abc!],
      [{}, {}],
      [
        { from: abc!, to: 0, kind: 'SPLIT', isPartial: true },
        { from: abc!, to: 1, kind: 'SPLIT', isPartial: true },
      ],
    );
    expect(await rows(programmeId)).toEqual([{ [a]: 1, [b]: 2, [c]: 4 }, { [abc!]: 7 }]);
  });

  it('are distinct from those of another unit that got the same code later', async () => {
    const code = newCode('U');
    const old = await unit({ code });
    const programmeId = await teach({ [old]: 2 });
    const [heir, namesake] = await reorganise(
      '2025-07-01',
      [old],
      [{}, { code }],
      [{ from: old, to: 0, kind: 'MERGED' }],
    );
    const later = await teach({ [namesake!]: 1 }, { since: '2025-07-01' });
    expect((await rows(programmeId))[1]).toEqual({ [heir!]: 2 });
    expect((await rows(later))[1]).toEqual({ [namesake!]: 1 });
  });
});

describe('a filter by units', () => {
  const asked = async (
    programmeId: string,
    attribution: string,
    unitIds: string[],
    includeSubunits = true,
  ) => {
    const { cohorts, participations, officials } = await figures(programmeId, attribution, {
      unitIds,
      includeSubunits,
    });
    return [cohorts, participations, officials];
  };

  it('means the units of then, or with CURRENT_SUCCESSOR those of today', async () => {
    const [a, b, other] = [await unit(), await unit(), await unit()];
    const programmeId = await teach({ [a]: 2, [b]: 1, [other]: 4 });
    const [merged] = await reorganise(
      '2025-07-01',
      [a, b],
      [{}],
      [
        { from: a, to: 0, kind: 'MERGED' },
        { from: b, to: 0, kind: 'MERGED' },
      ],
    );
    for (const below of [true, false]) {
      expect(await asked(programmeId, 'AT_TIME', [a], below)).toEqual([1, 2, 2]);
      expect(await asked(programmeId, 'AT_TIME', [merged!], below)).toEqual([0, 0, 0]);
      expect(await asked(programmeId, 'CURRENT_SUCCESSOR', [merged!], below)).toEqual([1, 3, 3]);
      expect(await asked(programmeId, 'CURRENT_SUCCESSOR', [a], below)).toEqual([0, 0, 0]);
      expect(await asked(programmeId, 'CURRENT_SUCCESSOR', [merged!, other], below)).toEqual([1, 7, 7]);
    }
  });

  it('finds under the city what a dissolved district and its wards have become', async () => {
    const city = await unit({ kind: 'MUNICIPALITY' });
    const district = await unit({ kind: 'URBAN_DISTRICT', parentId: city });
    const [east, west] = [await unit({ parentId: district }), await unit({ parentId: district })];
    const programmeId = await teach({ [district]: 1, [east]: 2, [west]: 4 }, { hostUnitId: district });
    const [ward] = await reorganise(
      '2025-07-01',
      [district, east, west],
      [{ parentId: city }],
      [
        { from: district, kind: 'DISSOLVED' },
        { from: east, to: 0, kind: 'MERGED' },
        { from: west, to: 0, kind: 'MERGED' },
      ],
    );
    for (const attribution of ['AT_TIME', 'CURRENT_SUCCESSOR'])
      expect(await asked(programmeId, attribution, [city])).toEqual([1, 7, 7]);
    expect(await asked(programmeId, 'AT_TIME', [district])).toEqual([1, 7, 7]);
    expect(await asked(programmeId, 'CURRENT_SUCCESSOR', [ward!])).toEqual([1, 6, 6]);
    expect((await rows(programmeId))[1]).toEqual({ [district]: 1, [ward!]: 6 });
    const query = `{ unit(id: "${ward}") { statistics(filter: { attribution: CURRENT_SUCCESSOR, programmeIds: ["${programmeId}"] }) { participations } } }`;
    expect((await server.ask(query)).data.unit.statistics.participations).toBe(6);
  });

  it('counts as cohorts of a unit those it hosts and those its learners are in, each once', async () => {
    const [host, sender] = [await unit(), await unit()];
    const programmeId = await teach({ [sender]: 2, [host]: 1 }, { hostUnitId: host });
    expect(await asked(programmeId, 'AT_TIME', [host])).toEqual([1, 1, 1]);
    expect(await asked(programmeId, 'AT_TIME', [sender])).toEqual([1, 2, 2]);
    expect(await asked(programmeId, 'AT_TIME', [sender, host])).toEqual([1, 3, 3]);
    const [heir] = await reorganise(
      '2025-07-01',
      [host, sender],
      [{}],
      [
        { from: host, to: 0, kind: 'MERGED' },
        { from: sender, to: 0, kind: 'MERGED' },
      ],
    );
    expect(await asked(programmeId, 'CURRENT_SUCCESSOR', [heir!])).toEqual([1, 3, 3]);
    const { groups } = await figures(programmeId, 'CURRENT_SUCCESSOR');
    expect(groups).toEqual([{ key: heir, cohorts: 1, participations: 3, officials: 3 }]);
  });
});
