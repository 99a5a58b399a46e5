// Attacks on connections: bodies that never end, headers that drip, thousands of sockets that say nothing (M2).
import type { Socket as TcpSocket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Role } from '../../src/access/policy';
import { LIMITS } from '../../src/config/limits';
import { type Caller, goneWithin, Line, tcp } from './client';
import type { Attack, Stage } from './stage';

const BODIES = 800;
const DRIPPING = 500;
const IDLE = 3_000;
const SILENT = 2_000;
const DRIP_MS = 1_000;
const AT_A_TIME = 50;
/** As docs/security.md promises for a request to arrive, and what the checks of it may take. */
const ARRIVED_MS = 38_000;
/** How long a busy server may take to accept what the kernel has opened. */
const ACCEPTED_MS = 10_000;
const LINES = 60;
/** Requests in one packet, and how many of a connection may wait for their answers. */
const AT_ONCE = 1_000;
const UNANSWERED = 16;
const CLOSED_MS = 5_000;
const PIPELINED = ['{ about { version } }', '{ cohorts(first: 100) { nodes { id name } } }', '{ nothing }'];
/** Unless configured. */
const CONNECTIONS_OF_ONE = 1_000;
const BODY = Buffer.alloc(1_000_000, 'a');
/** Bodies of one address that may wait for their end, and one that is being refused. */
const BODIES_OF_ONE = Math.floor(LIMITS.heldBytesPerCaller / BODY.length) + 1;

/** Opens so many, a few at a time, until the time is up. */
async function openAll<T>(stage: Stage, count: number, open: () => Promise<T>): Promise<T[]> {
  const opened: T[] = [];
  await stage.flood(
    AT_A_TIME,
    async () => {
      opened.push(await open());
      stage.asked += 1;
    },
    count,
  );
  return opened;
}

/**
 * Waits until no more than so many are open, though not for ever: the kernel opens connections, and takes bytes, that a
 * busy server has yet to accept, and refuse.
 * @returns how many are open then.
 */
async function openAtMost(sockets: TcpSocket[], most: number): Promise<number> {
  const openNow = () => sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
  for (const until = Date.now() + ACCEPTED_MS; Date.now() < until && openNow() > most;) await pause(100);
  return openNow();
}

/**
 * Waits, says how many are still there, and lets go of them.
 * @param most how many of one address there may be.
 */
async function hold(stage: Stage, sockets: TcpSocket[], since: number, most: number): Promise<void> {
  await stage.rest();
  const open = await openAtMost(sockets, most);
  stage.count('still open', open);
  stage.count('closed by the server', sockets.length - open);
  if (open > most) stage.troubles.push(`${open} of one address are open, and ${most} may be`);
  const held = Date.now() - since;
  if (open > 0 && held > ARRIVED_MS) {
    stage.troubles.push(`${open} unfinished requests are open after ${Math.round(held / 1_000)} s`);
  }
  sockets.forEach((socket) => socket.destroy());
}

const bodies: Attack = {
  name: 'unfinished bodies',
  why: 'bodies that do not arrive are bounded in number, bytes and time',
  share: 8,
  run: async (stage) => {
    const { address } = await stage.caller('STRANGER');
    const since = Date.now();
    const sockets = await openAll(stage, BODIES, async () => {
      const socket = await tcp(stage.target.port, address);
      socket.resume();
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length + 1}\r\n\r\n`,
      );
      socket.write(BODY);
      return socket;
    });
    const kept = await openAtMost(sockets, BODIES_OF_ONE);
    stage.count('kept at once', kept);
    if (kept > BODIES_OF_ONE)
      stage.troubles.push(`${kept} bodies of one address wait, and ${BODIES_OF_ONE} may`);
    await hold(stage, sockets, since, BODIES_OF_ONE);
  },
};

const headers: Attack = {
  name: 'dripping headers',
  why: 'headers that do not end are bounded in number and time',
  share: 8,
  run: async (stage) => {
    const { address } = await stage.caller('STRANGER');
    const since = Date.now();
    const sockets = await openAll(stage, DRIPPING, async () => {
      const socket = await tcp(stage.target.port, address);
      socket.resume();
      socket.write('GET /graphql/stream?query=a HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
      return socket;
    });
    const dripping = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('a');
    }, DRIP_MS);
    await hold(stage, sockets, since, CONNECTIONS_OF_ONE);
    clearInterval(dripping);
  },
};

const idle: Attack = {
  name: 'thousands of connections',
  why: 'connections of one address are bounded, and cost others nothing',
  run: async (stage) => {
    const { address } = await stage.caller('STRANGER');
    const sockets = await openAll(stage, IDLE, async () => {
      const socket = await tcp(stage.target.port, address);
      socket.resume();
      return socket;
    });
    await hold(stage, sockets, Date.now(), CONNECTIONS_OF_ONE);
  },
};

const silent: Attack = {
  name: 'thousands of silent sockets',
  why: 'sockets that do not say who they are are bounded in number and time',
  run: async (stage) => {
    const caller = await stage.caller('STRANGER');
    const lines = await openAll(stage, SILENT, () => Line.open(stage.url, caller, false));
    await stage.rest();
    const open = lines.filter(({ closed }) => closed === null).length;
    stage.count('still open', open);
    const most = LIMITS.greetingsPerAddress;
    if (open > most) stage.troubles.push(`${open} of one address are open, and ${most} may be`);
    lines.forEach((line) => line.close());
  },
};

const pipelined: Attack = {
  name: 'pipelined requests',
  why: 'a connection that asks on and on without its answers is closed, and the rest of what it sent is let be',
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    await stage.flood(
      4,
      async (turn) => {
        const request = requestOf(caller, PIPELINED[turn % PIPELINED.length]!);
        const socket = await tcp(stage.target.port, caller.address);
        let heard = '';
        socket.on('data', (data: Buffer) => (heard += data.toString('latin1')));
        socket.write(request.repeat(AT_ONCE));
        const gone = await goneWithin(socket, CLOSED_MS);
        socket.destroy();
        const answers = heard.split('HTTP/1.1 ').length - 1;
        stage.asked += 1;
        stage.count(gone ? 'closed by the server' : 'still open');
        if (answers > UNANSWERED)
          stage.troubles.push(`${answers} of ${AT_ONCE} requests of one packet were answered`);
        if (!gone) stage.troubles.push(`a connection with ${AT_ONCE} requests at once was not closed`);
      },
      LINES,
    );
  },
};

/** A request over a connection that goes on. */
function requestOf({ token }: Caller, query: string): string {
  const body = JSON.stringify({ query });
  const head = ['POST /graphql HTTP/1.1', 'host: localhost', 'content-type: application/json'];
  return [...head, `authorization: Bearer ${token}`, `content-length: ${body.length}`, '', body].join('\r\n');
}

export const CONNECTIONS: readonly Attack[] = [bodies, headers, idle, silent, pipelined];
