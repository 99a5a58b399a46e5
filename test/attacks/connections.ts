// Attacks on connections: bodies that never end, headers that drip, thousands of sockets that say nothing (M2).
import type { Socket as TcpSocket } from 'node:net';
import { Line, tcp } from './client';
import type { Attack, Stage } from './stage';

const BODIES = 800;
const DRIPPING = 500;
const IDLE = 3_000;
const SILENT = 2_000;
const DRIP_MS = 1_000;
const AT_A_TIME = 50;
/** As docs/security.md promises for a request to arrive, and what the checks of it may take. */
const ARRIVED_MS = 38_000;
const BODY = Buffer.alloc(1_000_000, 'a');

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

/** Waits, says how many are still there, and lets go of them. */
async function hold(stage: Stage, sockets: TcpSocket[], since: number): Promise<void> {
  await stage.rest();
  const open = sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
  stage.codes.set('still open', open);
  stage.codes.set('closed by the server', sockets.length - open);
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
    await hold(stage, sockets, since);
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
    await hold(stage, sockets, since);
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
    await hold(stage, sockets, Date.now());
  },
};

const silent: Attack = {
  name: 'thousands of silent sockets',
  why: 'sockets that do not say who they are are bounded in number and time',
  run: async (stage) => {
    const caller = await stage.caller('STRANGER');
    const lines = await openAll(stage, SILENT, () => Line.open(stage.url, caller, false));
    await stage.rest();
    stage.codes.set('still open', lines.filter(({ closed }) => closed === null).length);
    lines.forEach((line) => line.close());
  },
};

export const CONNECTIONS: readonly Attack[] = [bodies, headers, idle, silent];
