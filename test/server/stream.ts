// A stream of events to follow: changes of a cohort whose cursors are known.
import WebSocket from 'ws';
import type { Subscriber } from '../support/live';
import { type TestServer, tokenFor } from '../support/server';
import { newCohort } from '../support/world';
import { Role } from '../../src/access/policy';

export const FOLLOW_COHORTS = `subscription ($filter: CohortEventFilter, $after: EventCursor) {
  cohortChanged(filter: $filter, after: $after) { cursor kind changes { field to } cohort { code } } }`;
export const FOLLOW_GRADUATES = `subscription ($filter: GraduateEventFilter, $after: EventCursor) {
  graduateRecorded(filter: $filter, after: $after) { cursor kind graduateId graduate { id } cohort { id } } }`;

export interface Told {
  cursor: string;
  kind: string;
  changes: { field: string; to: string | null }[];
  cohort: { code: string };
}

/** A cohort that is revised again and again: each revision is one event. */
export class Writer {
  private revisions = 0;

  private constructor(
    private readonly server: Pick<TestServer, 'ask'>,
    readonly cohort: { id: string; code: string },
  ) {}

  static async start(server: TestServer, more: object = {}): Promise<Writer> {
    return new Writer(server, await newCohort(server, more));
  }

  /** Revises once; the cursor of the event. */
  async revise(): Promise<string> {
    return (await this.reviseTimes(1))[0]!;
  }

  /** Revises many times in one request; the cursors of the events. */
  async reviseTimes(times: number): Promise<string[]> {
    const fields = Array.from({ length: times }, () => {
      this.revisions += 1;
      const input = `{ cohortId: "${this.cohort.id}", version: ${this.revisions}, capacity: ${this.revisions} }`;
      return `m${this.revisions}: reviseCohort(input: ${input}) { cursor }`;
    });
    const { data, errors } = await this.server.ask(`mutation { ${fields.join(' ')} }`);
    const cursors = Object.values<{ cursor: string | null }>(data ?? {}).map(({ cursor }) => cursor);
    if (errors || cursors.includes(null)) throw new Error(`Not revised: ${JSON.stringify(errors)}`);
    return cursors as string[];
  }
}

/** All cohort events after a cursor that match, by pulling page after page. */
export async function pullCohorts(server: TestServer, after: string, filter: object = {}): Promise<Told[]> {
  const query = `query ($filter: CohortEventFilter, $after: EventCursor) {
    cohortEvents(filter: $filter, after: $after, first: 100) { cursor kind changes { field to } cohort { code } } }`;
  const all: Told[] = [];
  for (;;) {
    const variables = { filter, after: all.at(-1)?.cursor ?? after };
    const { data } = await server.ask<{ cohortEvents: Told[] }>(query, variables);
    all.push(...data.cohortEvents);
    if (data.cohortEvents.length < 100) return all;
  }
}

/** The next so many events of a subscription to one root field. */
export async function take<T = Told>(subscriber: Subscriber<any>, count: number): Promise<T[]> {
  const events: T[] = [];
  while (events.length < count) events.push(Object.values<T>(await subscriber.nextData())[0]!);
  return events;
}

/** A subscription on a bare socket, for what no well-behaved client does. */
export interface RawSubscription {
  socket: WebSocket;
  /** Payloads of the `next` messages so far. */
  received: any[];
  /** All messages so far. */
  messages: any[];
  closed: Promise<{ code: number; reason: string }>;
}

/** Opens a socket and says what a client says first; resolves once the server has acknowledged it. */
export async function openRaw(url: string, connectionParams: object = {}): Promise<RawSubscription> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const [received, messages]: any[][] = [[], []];
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams })),
    );
    socket.on('message', (frame: Buffer) => {
      const message = JSON.parse(frame.toString());
      messages!.push(message);
      if (message.type === 'connection_ack') resolve();
      if (message.type === 'next') received!.push(message.payload);
    });
    void closed.then(({ code }) => reject(new Error(`Closed with ${code}.`)));
  });
  return { socket, received: received!, messages: messages!, closed };
}

/** Subscribes on a bare socket as an administrator. */
export async function subscribeRaw(url: string, query: string, variables: object): Promise<RawSubscription> {
  const raw = await openRaw(url, { authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}` });
  raw.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
  return raw;
}
