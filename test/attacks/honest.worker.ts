// The honest callers of the attack suite, on a thread of their own: what they see is not blurred by what attacking costs.
import 'reflect-metadata';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { decodeCursor } from '../../src/events/cursor';
import type { Acknowledgement, Followed } from '../faults/checker';
import type { Follower } from '../faults/follower';
import { PlainFollower } from '../faults/plain-follower';
import { Progress } from '../faults/progress';
import { StreamFollower } from '../faults/stream-follower';
import { Asker } from '../faults/writer';
import { memoryOf } from './target';
import type { Sample, Seen } from './verdict';

export interface HonestData {
  url: string;
  tokens: { reader: string; writer: string };
  /** It is ended when it holds more than this: the rest of the machine wants to live. */
  mostMb: number;
}

/** What the honest callers did and received in all. */
export interface Account {
  followed: Followed[];
  acknowledged: Acknowledgement[];
  troubles: string[];
  /** How often each follower had to connect. */
  sessions: number[];
}

export type Command =
  | { do: 'begin'; pid: number }
  | { do: 'rest' }
  | { do: 'go on' }
  | { do: 'pause' }
  | { do: 'resume'; pid: number }
  | { do: 'look' }
  | { do: 'finish' };

const EVERY_MS = 20;
/** As many as a page opens; who finds none free waits, and what it waits counts. */
const CONNECTIONS = 6;
const PROBE_MS = 1_000;
const CHANGE_MS = 400;
const MEMORY_MS = 100;
const REST_MS = 10_000;
const CATCH_UP_MS = 60_000;
const QUESTION = JSON.stringify({ query: '{ about { version } }' });
const DOCUMENT = `subscription ($filter: CohortEventFilter, $after: EventCursor) {
  cohortChanged(filter: $filter, after: $after) { cursor kind cohort { code } } }`;
const PLANNED = 'cohort.planned';

const { url, tokens, mostMb } = workerData as HonestData;
const agent = new Agent({ keepAlive: true });
const progress = new Progress();
let pid = 0;
let asking = false;
/** Asks nothing, though nothing is wrong. */
let resting = false;
let stopped = false;
let samples: Sample[] = [];
let notReady: string[] = [];
let lagMs = 0;
let peakMb = 0;
let overgrown = false;
const inFlight = new Set<number>();
const acknowledged: (Acknowledgement & { at: number })[] = [];
let followers: Follower[] = [];
let changing: Promise<void> = Promise.resolve();
const troubles: string[] = [];

/** Sends one request from an address of its own, so that no bound on another's connections counts for it. */
function send(path: string, localAddress: string, body?: string): Promise<string | null> {
  return new Promise((resolve) => {
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      authorization: `Bearer ${tokens.reader}`,
    };
    const sent = request(
      `${url}${path}`,
      { method: body === undefined ? 'GET' : 'POST', agent, headers, localAddress },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.once('close', () => {
          const code = /"(?:code|reason)":"(\w+)"/.exec(text)?.[1] ?? '';
          resolve(answer.statusCode === 200 && !code ? null : `${answer.statusCode} ${code}`.trim());
        });
      },
    );
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}

/** Asks 50 times a second. What falls due while all connections wait is not sent, and counts as waiting. */
async function keepAsking(): Promise<void> {
  let due = Date.now();
  const missed: number[] = [];
  while (!stopped) {
    due = Math.max(due + EVERY_MS, Date.now() - EVERY_MS);
    await pause(Math.max(0, due - Date.now()));
    if (!asking || resting) continue;
    const dueAt = Date.now();
    if (inFlight.size >= CONNECTIONS) {
      missed.push(dueAt);
      continue;
    }
    let key = dueAt;
    while (inFlight.has(key)) key += 0.001;
    inFlight.add(key);
    const begun = performance.now();
    void send('/graphql', '127.0.0.2', QUESTION).then((failure) => {
      inFlight.delete(key);
      if (!asking) return;
      samples.push({ dueAt, ms: performance.now() - begun, ...(failure !== null && { failure }) });
      for (const at of missed.splice(0)) samples.push({ dueAt: at, ms: Date.now() - at });
    });
  }
}

async function keepProbing(): Promise<void> {
  while (!stopped) {
    await pause(PROBE_MS);
    if (!asking || resting) continue;
    const refused = await send('/health/ready', '127.0.0.3');
    if (refused !== null && asking) notReady.push(refused);
  }
}

/** Makes a change now and then; asks again under the same key until it is known to be made. */
async function keepChanging(ground: { unit: string; programme: string }): Promise<void> {
  const asker = new Asker(tokens.writer);
  for (let made = 1; !stopped; made++) {
    await pause(CHANGE_MS);
    const input = {
      ...{ code: `HONEST-${made}`, name: 'Lớp bồi dưỡng', startsOn: '2024-03-01' },
      ...{ hostUnitId: ground.unit, programmeId: ground.programme, clientMutationId: `honest-${made}` },
    };
    const query = `mutation ($input: PlanCohortInput!) {
      planCohort(input: $input) { cursor userErrors { code message } } }`;
    while (!stopped) {
      const answer = await asker.ask(url, query, { input }).catch(() => null);
      const payload = answer?.data?.planCohort as { cursor: string | null; userErrors: object[] } | undefined;
      if (payload?.cursor) {
        const { logId, seq } = decodeCursor(payload.cursor);
        acknowledged.push({ key: input.clientMutationId, logId, seq, at: Date.now() });
        break;
      }
      if (payload) troubles.push(`a change was refused: ${JSON.stringify(payload.userErrors)}`);
      if (payload) return;
      await pause(CHANGE_MS);
    }
  }
  asker.close();
}

/** How long the oldest change has been on its way that a follower still lacks. */
function watchFollowers(): void {
  if (!asking) return;
  for (const follower of followers) {
    for (const { logId, seq, at } of acknowledged.slice(-20)) {
      const last = follower.received.get(logId)?.at(-1) ?? 0;
      if (last < seq) {
        lagMs = Math.max(lagMs, Date.now() - at);
        break;
      }
    }
  }
}

function watchMemory(): void {
  const held = asking ? memoryOf(pid, 'VmRSS') : null;
  if (held === null) return;
  peakMb = Math.max(peakMb, held);
  if (held <= mostMb || overgrown) return;
  overgrown = true;
  process.kill(pid, 'SIGKILL');
}

/** What was seen since the last look; what is still waited for counts as long as it has waited. */
function look(): Seen & { overgrown: boolean } {
  const now = Date.now();
  const waiting = [...inFlight].map((at): Sample => ({ dueAt: at, ms: now - at }));
  const seen = { samples: [...samples, ...waiting], lagMs, notReady, peakMb, overgrown };
  [samples, lagMs, notReady, peakMb] = [[], 0, [], 0];
  return seen;
}

async function begin(): Promise<void> {
  const asker = new Asker(tokens.writer);
  const make = async (mutation: string, field: string, input: object): Promise<string> => {
    const Input = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!`;
    const query = `mutation ($input: ${Input}) { ${mutation}(input: $input) { ${field} { id } userErrors { code } } }`;
    const { data } = await asker.ask(url, query, { input });
    return data![mutation][field].id as string;
  };
  const mark = Date.now().toString(36).toUpperCase();
  const unit = await make('openUnit', 'unit', {
    ...{ code: `HONEST-${mark}`, kind: 'WARD', name: 'Phường Thật Thà', validFrom: '2020-01-01' },
  });
  const programme = await make('addProgramme', 'programme', {
    ...{ code: `HONEST-${mark}`, name: 'Bồi dưỡng', kind: 'REFRESHER', basis: 'TOPICAL' },
    contentGroup: 'STATE_MANAGEMENT',
  });
  const { data } = await asker.ask(url, '{ latestCursor }');
  asker.close();
  const given = {
    ...{ urls: [url], token: tokens.reader, document: DOCUMENT, argument: { unitIds: [unit] } },
    ...{ filter: { names: [PLANNED], unitIds: [unit] }, cursor: data!.latestCursor as string, progress },
  };
  followers = [
    new PlainFollower({ ...given, name: 'a follower over WebSocket' }, false),
    new StreamFollower({ ...given, name: 'a follower over SSE' }),
  ];
  followers.forEach((follower) => follower.start());
  asking = true;
  void keepAsking();
  void keepProbing();
  changing = keepChanging({ unit, programme });
  setInterval(watchFollowers, 50).unref();
  setInterval(watchMemory, MEMORY_MS).unref();
}

/** Asks nothing more until it is to go on; what it has asked counts. */
async function rest(): Promise<void> {
  const until = Date.now() + REST_MS;
  resting = true;
  while (inFlight.size > 0 && Date.now() < until) await pause(EVERY_MS);
}

/** Makes no more changes, waits until the followers have all of them, and says what they received. */
async function finish(): Promise<Account> {
  stopped = true;
  await Promise.race([changing, pause(CATCH_UP_MS)]); // the change under way may be made yet, and will be followed
  const last = acknowledged.at(-1);
  const behind = () =>
    followers.filter(({ received }) => last && (received.get(last.logId)?.at(-1) ?? 0) < last.seq);
  await progress
    .until(
      () => behind().length === 0,
      CATCH_UP_MS,
      () => 'followers',
    )
    .catch(() => troubles.push('followers did not catch up'));
  await Promise.all(followers.map((follower) => follower.stop()));
  return {
    followed: followers.flatMap(({ name, filter, after, received }) =>
      [...after].map(([logId, seq]) => ({
        ...{ name, filter, logId, after: seq, received: received.get(logId) ?? [] },
      })),
    ),
    acknowledged: acknowledged.map(({ key, logId, seq }) => ({ key, logId, seq })),
    troubles: [...troubles, ...followers.flatMap((follower) => follower.troubles)],
    sessions: followers.map(({ sessions }) => sessions),
  };
}

async function answer(command: Command): Promise<unknown> {
  if (command.do === 'begin' || command.do === 'resume') {
    pid = command.pid;
    overgrown = false;
  }
  if (command.do === 'begin') return begin();
  if (command.do === 'look') return look();
  if (command.do === 'finish') return finish();
  if (command.do === 'rest') return rest();
  resting = false;
  if (command.do === 'go on') return;
  asking = command.do === 'resume';
  look();
}

parentPort!.on('message', ({ id, command }: { id: number; command: Command }) => {
  answer(command).then(
    (result) => parentPort!.postMessage({ id, result }),
    (error: Error) => parentPort!.postMessage({ id, error: error.stack }),
  );
});
