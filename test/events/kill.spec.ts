// SIGKILL between a commit and its delivery: no event is lost or delivered twice.
import { rmSync } from 'node:fs';
import { hearCommits, sql } from '../support/database';
import { type ServerProcess, startProcess } from '../support/process';
import { newFolder } from '../support/server';
import { logEnd, must, newCode, newProgramme, newUnit } from '../support/world';
import { pullCohorts, subscribeRaw } from '../server/stream';

const FOLLOW = `subscription ($after: EventCursor) {
  cohortChanged(after: $after) { cursor kind cohort { code } } }`;
const ROUNDS = 4;
const MOST_ROUNDS = 40;

let folder: string;
let server: ServerProcess;
beforeEach(async () => {
  folder = newFolder();
  server = await startProcess(folder);
});
afterEach(async () => {
  await server.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A client that remembers what it received and resumes after it, on whatever server there is. */
class Follower {
  readonly received: string[] = [];
  constructor(private cursor: string) {}

  /** Follows until the socket closes. */
  async open() {
    const raw = await subscribeRaw(server.url, FOLLOW, { after: this.cursor });
    let tell = (): void => undefined;
    raw.socket.on('message', () => {
      for (const { data } of raw.received.splice(0)) {
        this.received.push(data.cohortChanged.cohort.code);
        this.cursor = data.cohortChanged.cursor;
      }
      tell();
    });
    const until = (code: string) =>
      new Promise<void>((resolve) => {
        tell = () => this.received.includes(code) && resolve();
        tell();
      });
    return { socket: raw.socket, closed: raw.closed, until };
  }
}

/** Plans cohorts and remembers whose planning was acknowledged. */
async function makePlanner() {
  const [hostUnitId, programmeId] = [(await newUnit(server)).id, (await newProgramme(server)).id];
  const inputFor = (code: string) => ({
    ...{ code, name: 'Lớp bồi dưỡng', startsOn: '2024-03-01', hostUnitId, programmeId },
    clientMutationId: code,
  });
  const planned: string[] = [];
  return {
    planned,
    plan: async (code = newCode('K')): Promise<string> => {
      // The figures, which a thread counts, leave time between the commit and the answer.
      const answer = 'cohort { hostUnit { statistics { cohorts } } }';
      await must(server, 'planCohort', inputFor(code), answer);
      planned.push(code);
      return code;
    },
  };
}

it('tells every acknowledged change exactly once, killed as soon as it is acknowledged', async () => {
  const { plan, planned } = await makePlanner();
  const follower = new Follower(await logEnd(server));
  for (let round = 0; round < ROUNDS; round++) {
    const session = await follower.open();
    await session.until(await plan());
    const known = follower.received.length;
    const deaf = round % 2 === 1; // then nothing of what follows can have been delivered
    if (deaf) session.socket.pause();
    await plan();
    await plan();
    await server.end('SIGKILL');
    if (deaf) session.socket.removeAllListeners('message').terminate();
    await session.closed;
    if (deaf) expect(follower.received).toHaveLength(known);
    server = await startProcess(folder);
  }
  const session = await follower.open();
  await session.until(await plan());
  expect(planned).toHaveLength(3 * ROUNDS + 1);
  expect(follower.received).toEqual(planned);
  session.socket.terminate();
});

it('tells a change exactly once when killed while committing it, and the caller asks again', async () => {
  const { plan, planned } = await makePlanner();
  const start = await logEnd(server);
  const follower = new Follower(start);
  let hits = 0; // committed, and neither delivered nor acknowledged
  for (let round = 0; round < MOST_ROUNDS && hits < 2; round++) {
    const session = await follower.open();
    await session.until(await plan());
    const deaf = round % 2 === 1; // then nothing of what follows can have been delivered
    if (deaf) session.socket.pause();
    const code = newCode('K');
    const kill = () => server.child.kill('SIGKILL');
    const isThere = () => sql(folder, `SELECT 1 FROM cohort WHERE code = '${code}'`);
    // Every other time at the first sign of a commit, which may be too early; else as soon as it can be read.
    const stopHearing = await hearCommits(
      folder,
      deaf ? () => void isThere().then((rows) => rows.length > 0 && kill()) : kill,
    );
    const acknowledged = await plan(code).then(
      () => true,
      () => false,
    );
    await server.end('SIGKILL');
    await stopHearing();
    if (deaf) session.socket.removeAllListeners('message').terminate();
    await session.closed;
    const delivered = follower.received.includes(code);
    server = await startProcess(folder);
    const query = 'query ($code: String) { cohort(code: $code) { id } }';
    const committed = (await server.ask(query, { code })).data.cohort !== null;
    if (acknowledged || delivered) expect(committed).toBe(true);
    if (committed && !delivered && !acknowledged) hits += 1;
    if (!acknowledged) await plan(code);
  }
  const session = await follower.open();
  await session.until(await plan());
  expect(follower.received).toEqual(planned);
  expect((await pullCohorts(server, start)).map(({ cohort }) => cohort.code)).toEqual(planned);
  expect(hits).toBe(2);
  session.socket.terminate();
});
