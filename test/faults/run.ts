// A run of the fault suite on one engine: clients write and follow while faults occur, then everything is compared.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signToken } from '../../src/access/identity';
import { Role } from '../../src/access/policy';
import { decodeCursor } from '../../src/events/cursor';
import { Chance } from './chance';
import {
  type Acknowledgement,
  check,
  emptyFindings,
  type Findings,
  type Followed,
  type Log,
  matches,
} from './checker';
import { ClientFollower } from './client-follower';
import { deal, type Engine, gentleEnd } from './faults';
import type { Follower, FollowerOptions } from './follower';
import { type Holdings, Node, SECRET } from './node';
import { PostgresStore } from './postgres';
import { PlainFollower } from './plain-follower';
import { inTime, Progress } from './progress';
import { Proxy } from './proxy';
import { SqliteStore } from './sqlite';
import type { Store } from './store';
import { StreamFollower } from './stream-follower';
import { Asker, type Ground, Writer } from './writer';

const WRITERS = 3;
const RECOVERY_MS = 120_000;
const CATCH_UP_MS = 120_000;
const FAULT_MS = 240_000;
const CLOSED_MS = 30_000;
/**
 * Allowed growth of a process since the first quiet moment: pools of a PostgreSQL node may have grown to their limits,
 * and the reading threads of SQLite start, and open their files, at their first use.
 */
const MORE = { heapMb: 24, descriptors: { sqlite: 24, postgres: 24 }, threads: 6 };

const COHORT_EVENTS = [
  ...['cohort.planned', 'cohort.revised', 'cohort.opened', 'cohort.started', 'cohort.completed'],
  ...['cohort.graduated', 'enrolment.nominated', 'enrolment.decided'],
];
const COHORTS = `subscription ($filter: CohortEventFilter, $after: EventCursor) {
  cohortChanged(filter: $filter, after: $after) { cursor kind cohort { code } } }`;
const GRADUATES = `subscription ($filter: GraduateEventFilter, $after: EventCursor) {
  graduateRecorded(filter: $filter, after: $after) { cursor kind graduate { id } cohort { code } } }`;
const HEAVY = `subscription ($filter: CohortEventFilter, $after: EventCursor) {
  cohortChanged(filter: $filter, after: $after) { cursor cohort {
    ${Array.from({ length: 90 }, (_, i) => `n${i}: name`).join(' ')} } } }`;

export interface Figures {
  engine: Engine;
  faults: number;
  mutations: number;
  events: number;
  delivered: number;
  sessions: number;
  findings: Findings;
  leaks: string[];
  troubles: string[];
  seconds: number;
}

/** Everything that faults act on. */
export class Stage {
  readonly progress = new Progress();
  readonly nodes: Node[] = [];
  readonly proxies: Proxy[] = [];
  readonly writers: Writer[] = [];
  /** Followers with ordinary messages. */
  readonly light: Follower[] = [];
  /** A follower with large messages. */
  heavy!: Follower;
  /** The proxy of `heavy` alone, to the first server. */
  heavyProxy!: Proxy;
  /** A writer that writes in bursts, on demand. */
  burster!: Writer;
  /** Logs that were replaced by a backup. */
  readonly abandoned: Log[] = [];

  constructor(
    readonly engine: Engine,
    readonly chance: Chance,
    readonly folder: string,
    readonly store: Store,
    /** The transport of `heavy`. There is only one, because two would be most of the work of a slow machine. */
    readonly heavyOverSse: boolean,
  ) {}

  async startNode(node: Node): Promise<void> {
    await node.start(this.store.environment());
  }

  /** Waits until every writer has had another answer. */
  async recovered(): Promise<void> {
    const before = this.writers.map(({ acknowledged }) => acknowledged.length);
    await this.progress.until(
      () => this.troubles().length > 0 || this.writers.every((w, i) => w.acknowledged.length > before[i]!),
      RECOVERY_MS,
      () => `every writer to be answered again; failures: ${this.writers.map((w) => w.failures).join()}`,
    );
  }

  /** Saves the log for the checker, before a backup replaces it. */
  async abandonLog(): Promise<string> {
    const log = await this.store.read();
    this.abandoned.push({ ...log, start: 0, abandoned: true });
    return `${log.rows.length} events were in the log`;
  }

  get followers(): Follower[] {
    return [...this.light, this.heavy];
  }

  troubles(): string[] {
    return [...this.writers, this.burster, ...this.followers].flatMap(({ troubles }) => troubles);
  }
}

/** Cleans up the current run when this process must end at once. */
let abandon = (): void => undefined;

/** Ends synchronously everything that a run has started. */
export function abandonRun(): void {
  abandon();
}

/** Runs a number of faults. @param only the name of the only fault to run. @param tell prints a line of progress. */
export async function run(
  engine: Engine,
  seed: number,
  faults: number,
  tell: (line: string) => void,
  only?: string,
): Promise<Figures> {
  const began = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'canbo-faults-'));
  const store = engine === 'sqlite' ? new SqliteStore(folder) : await PostgresStore.start();
  const stage = new Stage(engine, new Chance(seed), folder, store, seed % 2 === 1);
  abandon = () => {
    for (const node of stage.nodes) node.destroy();
    if (store instanceof SqliteStore) void store.remove(); // PostgreSQL ends with this process
  };
  let good = false;
  try {
    const figures = await play(stage, faults, tell, only);
    good = !isBad(figures);
    return { ...figures, seconds: Math.round((Date.now() - began) / 1_000) };
  } finally {
    for (const proxy of stage.proxies) proxy.stop();
    for (const node of stage.nodes) node.destroy();
    await store.remove().catch((error: Error) => tell(`removing the data failed: ${error.message}`));
    if (good) rmSync(folder, { recursive: true, force: true });
    else tell(`${engine}: the logs of the servers are in ${folder}`);
  }
}

/** Whether a run has failed. */
export function isBad({ findings, leaks, troubles }: Figures): boolean {
  return [...Object.values(findings), leaks, troubles].some((found: string[]) => found.length > 0);
}

async function play(
  stage: Stage,
  faults: number,
  tell: (line: string) => void,
  only?: string,
): Promise<Figures> {
  const { engine, chance, nodes, writers, progress } = stage;
  const start = await setUp(stage);
  let hand = deal(stage, engine, faults, only);
  if (engine === 'sqlite' && !(stage.store as SqliteStore).small) {
    tell('sqlite: the disk is not filled: mounting a small one needs root');
    const others = hand.filter(({ name }) => name !== 'fill the disk');
    hand = [...others.slice(0, faults), ...hand.slice(others.length).map(() => chance.pick(others))];
  }
  const quietBefore = gentleEnd(hand);
  let early: Holdings[] = [];
  begin(stage);
  await stage.recovered();
  let done = 0;
  for (const fault of hand) {
    if (done === quietBefore) {
      await quiet(stage);
      early = await Promise.all(nodes.map((node) => node.holdings()));
      begin(stage);
      await stage.recovered();
    }
    const since = Date.now();
    const what = await inTime(fault.run(stage), FAULT_MS, fault.name);
    await stage.recovered();
    done += 1;
    tell(`${engine} ${done}/${hand.length} ${fault.name} ${what} (${Date.now() - since} ms)`);
    if (stage.troubles().length > 0) break;
  }
  await quiet(stage);
  const late = await Promise.all(nodes.map((node) => node.holdings()));
  nodes.forEach(({ name }, i) =>
    tell(`${engine} ${name}: ${holdingsOf(early[i])} -> ${holdingsOf(late[i])}`),
  );
  const last: Log = { ...(await stage.store.read()), start: 0, abandoned: false };
  const logs = [...stage.abandoned, last].map((log) => withoutSetUp(log, start));
  const all = [...writers, stage.burster];
  const acknowledged: Acknowledgement[] = all.flatMap((writer) => writer.acknowledged);
  const sent = all.flatMap((writer) => writer.sent);
  const findings = logs
    .map((log) => check(log, sent, acknowledged, followed(stage)))
    .reduce((sum, each) => {
      for (const kind of Object.keys(sum) as (keyof Findings)[]) sum[kind].push(...each[kind]);
      return sum;
    }, emptyFindings());
  for (const { name, after } of stage.followers) {
    if (!after.has(last.id)) findings.lost.push(`${name}: it never found out that a backup was restored`);
  }
  return {
    ...{ engine, faults: done, mutations: acknowledged.length, findings, seconds: 0 },
    events: logs.reduce((sum, { rows }) => sum + rows.length, 0),
    delivered: followed(stage).reduce((sum, { received }) => sum + received.length, 0),
    sessions: stage.followers.reduce((sum, { sessions }) => sum + sessions, 0),
    leaks: early.length > 0 ? leaks(stage, early, late) : [],
    troubles: stage.troubles(),
  };

  function begin({ followers }: Stage): void {
    for (const each of [...followers, ...writers]) each.start();
  }

  /** Waits until writers have all answers, followers have all events, and no client is connected. */
  async function quiet({ followers }: Stage): Promise<void> {
    await Promise.all(writers.map((writer) => writer.stop()));
    const log = await stage.store.read();
    const due = followers.map(
      ({ filter }) => log.rows.filter((row) => matches(filter, row)).at(-1)?.seq ?? 0,
    );
    const behind = () =>
      followers.filter(({ after, received }, i) => {
        const from = after.get(log.id);
        if (from === undefined) return true;
        return due[i]! > from && (received.get(log.id)?.at(-1) ?? 0) < due[i]!;
      });
    await progress
      .until(
        () => behind().length === 0,
        CATCH_UP_MS,
        () =>
          behind()
            .map(({ name }) => name)
            .join(),
      )
      .catch((error: Error) => tell(`${engine}: followers did not catch up. ${error.message}`));
    await Promise.all(followers.map((follower) => follower.stop()));
    stage.proxies.forEach((proxy) => proxy.lines.forEach((line) => line.cut(false)));
    await untilAlone(nodes);
  }
}

/** Leaves out the events of the set-up, whose mutations are not counted. */
function withoutSetUp(log: Log, start: number): Log {
  return { ...log, start, rows: log.rows.filter(({ seq }) => seq > start) };
}

function followed({ followers }: Stage): Followed[] {
  return followers.flatMap(({ name, filter, after, received }) =>
    [...after].map(([logId, seq]) => ({
      name,
      filter,
      logId,
      after: seq,
      received: received.get(logId) ?? [],
    })),
  );
}

async function untilAlone(nodes: Node[]): Promise<void> {
  const deadline = Date.now() + CLOSED_MS;
  while (nodes.some((node) => node.clients > 0) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100)); // the system does not signal when a socket closes
  }
}

function leaks({ engine, nodes }: Stage, early: Holdings[], late: Holdings[]): string[] {
  return nodes.flatMap(({ name }, i) => {
    const [before, after] = [early[i]!, late[i]!];
    return [
      after.clients > 0 && `${name} holds ${after.clients} connections of clients that are gone`,
      after.descriptors > before.descriptors + MORE.descriptors[engine] &&
        `${name} holds ${after.descriptors} files and sockets, at first ${before.descriptors}`,
      after.threads > before.threads + MORE.threads &&
        `${name} has ${after.threads} threads, at first ${before.threads}`,
      after.heapMb > before.heapMb + MORE.heapMb &&
        `${name} holds ${after.heapMb} MB of heap, at first ${before.heapMb} MB`,
    ].filter((each) => each !== false);
  });
}

const holdingsOf = (held: Holdings | undefined): string =>
  held
    ? `${held.heapMb} MB of heap, ${held.descriptors} descriptors, ${held.threads} threads, ${held.clients} clients`
    : 'nothing measured';

/** Sets up servers, proxies, a registry to work in, and the clients. @returns the head of the log afterwards. */
async function setUp(stage: Stage): Promise<number> {
  const { engine, nodes, proxies, progress } = stage;
  for (const name of engine === 'sqlite' ? ['server'] : ['server 1', 'server 2']) {
    const proxy = await Proxy.start();
    const ways = nodes.length === 0 ? [proxy, (stage.heavyProxy = await Proxy.start())] : [proxy];
    const node = new Node(name, stage.folder, ({ port }) => ways.forEach((way) => (way.target = port)));
    proxies.push(proxy);
    nodes.push(node);
    await stage.startNode(node);
  }
  const secret = new TextEncoder().encode(SECRET);
  const token = await signToken(secret, { role: Role.ADMINISTRATOR, subject: 'faults', lifetime: '1d' });
  const urls = proxies.map(({ url }) => url);
  proxies.push(stage.heavyProxy);
  const asker = new Asker(token);
  const ground = await makeGround(asker, urls[0]!);
  const { data } = await asker.ask(urls[0]!, '{ latestCursor }');
  asker.close();
  const cursor = data!.latestCursor as string;
  const turned = (turn: number) => [...urls.slice(turn % urls.length), ...urls.slice(0, turn % urls.length)];
  for (let i = 0; i < WRITERS; i++) {
    stage.writers.push(new Writer(`W${i + 1}`, turned(i), token, ground, progress));
  }
  stage.burster = new Writer('B', urls, token, ground, progress);
  const [unitId, programmeId] = [ground.units[0]!, ground.programmes[1]!];
  const graduates = ['graduate.recorded'];
  const wishes = [
    { name: 'all', document: COHORTS, argument: {}, filter: { names: COHORT_EVENTS } },
    {
      ...{ name: 'unit', document: COHORTS, argument: { unitIds: [unitId] } },
      filter: { names: COHORT_EVENTS, unitIds: [unitId] },
    },
    {
      ...{ name: 'programme', document: COHORTS, argument: { programmeIds: [programmeId] } },
      filter: { names: COHORT_EVENTS, programmeIds: [programmeId] },
    },
    {
      ...{ name: 'planned', document: COHORTS, argument: { kinds: ['PLANNED'] } },
      filter: { names: ['cohort.planned'] },
    },
    { name: 'graduates', document: GRADUATES, argument: {}, filter: { names: graduates } },
    {
      ...{ name: 'graduates of a unit', document: GRADUATES, argument: { unitIds: [unitId] } },
      filter: { names: graduates, unitIds: [unitId] },
    },
  ];
  const given = { token, cursor, progress };
  for (const [i, wish] of wishes.entries()) {
    stage.light.push(new PlainFollower({ ...wish, ...given, urls: turned(i) }, i % 2 === 1));
  }
  // Followers of everything, and with a filter of each kind.
  for (const [i, place] of [0, 1, 5].entries()) {
    const named = (how: string): FollowerOptions => {
      const wish = wishes[place]!;
      return { ...wish, ...given, name: `${wish.name}, ${how}`, urls: turned(i) };
    };
    stage.light.push(new StreamFollower(named('SSE')), new ClientFollower(named('canbo-client')));
  }
  const large = {
    ...{ document: HEAVY, argument: {}, filter: { names: COHORT_EVENTS }, urls: [stage.heavyProxy.url] },
    ...given,
  };
  stage.heavy = stage.heavyOverSse
    ? new StreamFollower({ ...large, name: 'heavy, SSE' })
    : new PlainFollower({ ...large, name: 'heavy' }, false);
  return decodeCursor(cursor).seq;
}

/** Makes two units with three officials each, and two programmes. */
async function makeGround(asker: Asker, url: string): Promise<Ground> {
  const make = async (mutation: string, field: string, input: object): Promise<string> => {
    const Input = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!`;
    const query = `mutation ($input: ${Input}) { ${mutation}(input: $input) { ${field} { id } userErrors { code } } }`;
    const answer = await asker.ask(url, query, { input });
    const id = answer.data?.[mutation]?.[field]?.id as string | undefined;
    if (!id) throw new Error(`${mutation}: ${JSON.stringify(answer)}`);
    return id;
  };
  await make('addPosition', 'position', { code: 'P', title: 'Chuyên viên' });
  const officials = new Map<string, string[]>();
  for (const code of ['U1', 'U2']) {
    const input = { code, kind: 'WARD', name: `Phường ${code}`, validFrom: '2020-01-01' };
    const unitId = await make('openUnit', 'unit', input);
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.push(
        await make('registerOfficial', 'official', {
          ...{ code: `${code}-${i}`, fullName: 'Nguyễn Thị Mẫu', category: 'CIVIL_SERVANT' },
          ...{ since: '2020-01-01', unitId, positionCode: 'P' },
        }),
      );
    }
    officials.set(unitId, ids);
  }
  const programmes: string[] = [];
  for (const code of ['C1', 'C2']) {
    programmes.push(
      await make('addProgramme', 'programme', {
        ...{ code, name: 'Bồi dưỡng kỹ năng quản lý dự án', kind: 'REFRESHER' },
        ...{ contentGroup: 'PROFESSIONAL_SKILLS', basis: 'JOB_POSITION' },
      }),
    );
  }
  return { units: [...officials.keys()], programmes, officials };
}
