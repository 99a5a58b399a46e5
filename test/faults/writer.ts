// Writer: a client that retries each mutation with the same idempotency key until it has an answer.
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeCursor } from '../../src/events/cursor';
import type { Acknowledgement, Sent } from './checker';
import type { Progress } from './progress';

type Fields = Record<string, unknown>;
const ASK_MS = 15_000;
const GIVE_UP_MS = 120_000;
const PAUSE_MS = 50;
const BURST_COHORTS = 4;
const BURST_SIZE = 20;
/** Enough: a buffer of 1,000 events and the sockets' own buffers are full long before. */
const BURST_REQUESTS = 40;
const LONG_NAME = 'Lớp bồi dưỡng '.repeat(14).trim();

interface Answer {
  data?: Record<string, any> | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** Sends operations over HTTP, on connections that it can close. */
export class Asker {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly token: string) {}

  async ask(url: string, query: string, variables: Fields = {}): Promise<Answer> {
    const body = JSON.stringify({ query, variables });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${this.token}` };
    const text = await new Promise<string>((resolve, reject) => {
      const { agent } = this;
      const sent = request(
        `${url}/graphql`,
        { method: 'POST', headers, agent, timeout: ASK_MS },
        (answer) => {
          let said = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
          answer.once('end', () => resolve(said));
          answer.once('error', reject);
          answer.once('close', () => reject(new Error('cut off'))); // no effect after the end
        },
      );
      sent.once('error', reject);
      sent.once('timeout', () => sent.destroy(new Error('no answer')));
      sent.end(body);
    });
    return JSON.parse(text) as Answer;
  }

  /** Closes its connections; it can still be used. */
  close(): void {
    this.agent.destroy();
  }
}

/** The units, officials and programmes that the writers use. */
export interface Ground {
  units: readonly string[];
  programmes: readonly string[];
  /** The officials of each unit. */
  officials: ReadonlyMap<string, readonly string[]>;
}

/** The events that each kind of mutation records, in this order. */
const EVENTS: Record<string, readonly string[]> = {
  planCohort: ['cohort.planned'],
  openEnrolment: ['cohort.opened'],
  nominateOfficials: ['enrolment.nominated'],
  decideEnrolments: ['enrolment.decided'],
  startCohort: ['cohort.started'],
  reviseCohort: ['cohort.revised'],
  recordGraduates: ['graduate.recorded', 'graduate.recorded', 'graduate.recorded', 'cohort.graduated'],
  completeCohort: ['cohort.completed'],
};

export class Writer {
  readonly sent: Sent[] = [];
  readonly acknowledged: Acknowledgement[] = [];
  /** Unexpected answers. */
  readonly troubles: string[] = [];
  /** The number of errors and broken connections. */
  failures = 0;
  private readonly asker: Asker;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();
  private made = 0;
  private latest = '';
  /** The id of the log in which its present cohort was planned. */
  private begunIn = '';

  constructor(
    readonly name: string,
    /** Addresses of the servers; the first is used as long as it answers. */
    private readonly urls: readonly string[],
    token: string,
    private readonly ground: Ground,
    private readonly progress: Progress,
  ) {
    this.asker = new Asker(token);
  }

  start(): void {
    this.stopping = false;
    this.running = this.write();
  }

  /** Waits for the answer to its last request, then closes its connections. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
    this.asker.close();
  }

  /** Revises cohorts with long names, several at a time and as fast as possible, until `enough` returns true. */
  async burst(enough: () => boolean): Promise<void> {
    const turns = Array.from({ length: BURST_COHORTS }, async () => {
      const cohort = await this.plan(LONG_NAME);
      let version = cohort?.version ?? 0;
      for (let i = 0; cohort && i < BURST_REQUESTS && !enough(); i++) {
        const inputs = Array.from({ length: BURST_SIZE }, (_, place) => ({
          ...{ cohortId: cohort.id, version: version + place, capacity: version + place },
          clientMutationId: this.send('reviseCohort'),
        }));
        version += inputs.length;
        await this.askAll(inputs);
      }
    });
    await Promise.all(turns);
  }

  private async write(): Promise<void> {
    try {
      while (!this.stopping) await this.course();
    } catch (error) {
      this.troubles.push(`${this.name}: ${(error as Error).message}`);
      this.progress.tell();
    }
  }

  /** Runs one cohort from planning to its end; starts anew when the registry was replaced. */
  private async course(): Promise<void> {
    const cohort = await this.plan('Lớp bồi dưỡng');
    if (!cohort || this.stopping) return;
    const cohortId = cohort.id;
    const officialIds = this.ground.officials.get(cohort.unit)!;
    if (!(await this.change('openEnrolment', { cohortId }, 'cursor'))) return;
    const nominated = await this.change('nominateOfficials', { cohortId, officialIds }, 'enrolments { id }');
    if (!nominated) return;
    const enrolmentIds = (nominated.enrolments as { id: string }[]).map(({ id }) => id);
    if (!(await this.change('decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor'))) return;
    if (this.stopping || !(await this.change('startCohort', { cohortId }, 'cursor'))) return;
    const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-06-30' }));
    if (!(await this.change('recordGraduates', { cohortId, graduates }, 'graduates { id }'))) return;
    await this.change('completeCohort', { cohortId }, 'cursor');
  }

  private async plan(name: string): Promise<{ id: string; version: number; unit: string } | null> {
    this.made += 1;
    const { units, programmes } = this.ground;
    const unit = units[this.made % units.length]!;
    const planned = await this.change(
      'planCohort',
      {
        ...{ code: `${this.name}-${this.made}`, name, startsOn: '2024-03-01', hostUnitId: unit },
        programmeId: programmes[(this.made >> 1) % programmes.length]!,
      },
      'cohort { id version }',
    );
    this.begunIn = this.latest;
    return planned && { ...(planned.cohort as { id: string; version: number }), unit };
  }

  private send(mutation: string): string {
    const key = `${this.name}:${mutation}:${this.sent.length}`;
    this.sent.push({ key, events: EVENTS[mutation]! });
    return key;
  }

  private acknowledge(key: string, cursor: string): void {
    const { logId, seq } = decodeCursor(cursor);
    this.latest = logId;
    this.acknowledged.push({ key, logId, seq });
    this.progress.tell();
  }

  /** Runs a mutation. @returns its payload, or null when the registry was replaced since the cohort was planned. */
  private async change(mutation: string, input: Fields, selection: string): Promise<Fields | null> {
    const key = this.send(mutation);
    const Input = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!`;
    const query = `mutation ($input: ${Input}) {
      ${mutation}(input: $input) { ${selection} cursor userErrors { code message } } }`;
    const { [mutation]: payload } = await this.untilAnswered(query, {
      input: { ...input, clientMutationId: key },
    });
    if (payload.cursor) {
      this.acknowledge(key, payload.cursor as string);
      return payload as Fields;
    }
    await this.expectAnotherLog(`${key} was refused: ${JSON.stringify(payload.userErrors)}`);
    return null;
  }

  /** Sends revisions in one operation, and retries until each has its answer. */
  private async askAll(inputs: { clientMutationId: string }[]): Promise<void> {
    const fields = inputs.map((input, i) => {
      const literal = JSON.stringify(input).replace(/"(\w+)":/g, '$1:');
      return `m${i}: reviseCohort(input: ${literal}) { cursor userErrors { code message } }`;
    });
    const deadline = Date.now() + GIVE_UP_MS;
    while (Date.now() < deadline) {
      const data = await this.untilAnswered(`mutation { ${fields.join(' ')} }`, {});
      const cursors = inputs.map((_, i) => data[`m${i}`].cursor as string | null);
      if (cursors.every(Boolean)) {
        inputs.forEach(({ clientMutationId }, i) => this.acknowledge(clientMutationId, cursors[i]!));
        return;
      }
      await pause(PAUSE_MS); // one failed, so the later ones had the wrong version
    }
    throw new Error('a burst came to no end');
  }

  /** Checks that a refusal comes from a restored backup, which lacks the cohort. @throws Error for any other. */
  private async expectAnotherLog(refusal: string): Promise<void> {
    const { latestCursor } = await this.untilAnswered('{ latestCursor }', {});
    const { logId } = decodeCursor(latestCursor as string);
    if (logId === this.begunIn) this.troubles.push(`${this.name}: ${refusal}`);
  }

  private async untilAnswered(query: string, variables: Fields): Promise<Record<string, any>> {
    const deadline = Date.now() + GIVE_UP_MS;
    let last = '';
    for (let attempt = 0; Date.now() < deadline; attempt++) {
      try {
        const url = this.urls[attempt % this.urls.length]!;
        const { data, errors } = await this.asker.ask(url, query, variables);
        if (data && !errors) return data;
        last = JSON.stringify(errors);
      } catch (error) {
        last = (error as Error).message;
      }
      this.failures += 1;
      this.progress.tell();
      await pause(PAUSE_MS);
    }
    throw new Error(`no answer for ${GIVE_UP_MS / 1_000} s; the last was ${last}`);
  }
}
