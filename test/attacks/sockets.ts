// Attacks over WebSockets: floods of messages, long greetings, operations that do not begin, messages that do not arrive.
import type { Socket as TcpSocket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS } from '../../src/config/limits';
import { Role } from '../../src/access/policy';
import { type Caller, FRAME, frameOf, Line, tcpSocket } from './client';
import type { Attack, Stage } from './stage';

const BURST = 5_000;
const GREETINGS = 600;
const FEW = 50;
/** What a socket takes on the heap, and some more. */
const SOCKET_KB = 100;
const CLOSED_MS = 5_000;
const TOO_LONG = 1009;
/** Types of messages that somebody may send before the greeting, or in its place. */
const BEFORE = ['connection_init', 'ping', 'subscribe'];
const UNFINISHED = 200;
const BEGUN_BYTES = 900_000;
/** Of each message, they are not counted. */
const FIRST_BYTES = 16_384;
/** What was sent may not have been read yet. */
const ARRIVED_MS = 15_000;
const LOOK_MS = 200;
/** Operations that take long, on each of some sockets. */
const SLOW = 100;
const SLOW_LINES = 4;
const GIVEN_UP = 1_000;
/** Twice as long as the server waits for the answer to a ping. */
const PAUSED_MS = 30_000;

const message = (content: object) => frameOf(FRAME.text, JSON.stringify(content));
const burst = (count: number, frame: Buffer) => Buffer.concat(Array.from({ length: count }, () => frame));
const ping = (letters: number) => message({ type: 'ping', payload: { a: 'a'.repeat(letters) } });
const greetingOf = ({ token }: Caller) =>
  message({ type: 'connection_init', payload: { ...(token && { authorization: `Bearer ${token}` }) } });

/** What is sent at one go, again and again. */
const BURSTS: Readonly<Record<string, Buffer>> = {
  'tiny messages': burst(BURST, message({ type: 'ping' })),
  'pongs that nobody asked for': burst(BURST, message({ type: 'pong' })),
  'wide pongs': burst(
    3,
    message({
      type: 'pong',
      payload: { received: Object.fromEntries(Array.from({ length: 49_000 }, (_, i) => [`k${i}`, 'a.1'])) },
    }),
  ),
  'ends of nothing': burst(BURST, message({ type: 'complete', id: 'a' })),
  'control frames': burst(BURST, frameOf(FRAME.ping, 'a'.repeat(125))),
  'pings of 30 kB': burst(30, ping(30_000)),
  'pings of 1 MB': burst(3, ping(1_000_000)),
  'wide pings': burst(
    20,
    message({ type: 'ping', payload: { a: Array.from({ length: 10_000 }, () => ({})) } }),
  ),
};

/** Sends a burst until the time is up; every second one reads nothing of what is answered. */
async function floodOne(stage: Stage, turn: number): Promise<void> {
  const names = Object.keys(BURSTS);
  const name = names[turn % names.length]!;
  const greets = turn % (2 * names.length) >= names.length;
  stage.note(`${name} ${greets ? 'after' : 'before'} the greeting`);
  const caller = await stage.caller(greets ? Role.VIEWER : 'STRANGER');
  const socket = await tcpSocket(stage.target.port, caller.address);
  if (turn % 3 === 0) socket.pause();
  else socket.resume();
  if (greets) socket.write(greetingOf(caller));
  for (let sent = 0; sent < 3 && !socket.destroyed && !stage.timeIsUp; sent++) {
    stage.asked += 1;
    if (!socket.write(BURSTS[name]!)) await writtenOrGone(socket);
  }
  socket.destroy();
}

/** A server that does not read is let be after a time. */
function writtenOrGone(socket: TcpSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSED_MS);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    socket.once('drain', end).once('close', end);
  });
}

const floods: Attack = {
  name: 'message floods',
  why: 'messages that are no operations cost others nothing, in a burst, before the greeting and after it',
  share: 3,
  run: (stage) => stage.flood(4, (turn) => floodOne(stage, turn)),
};

/** As long as a greeting may be, in as many values as fit. */
const widest = (bytes: number) => Array.from({ length: Math.floor(bytes / 3) }, () => ({}));

/** Sends a message that is too long to be taken before the server knows who sends it. */
async function mustBeClosed(stage: Stage, caller: Caller, type: string, a: unknown): Promise<void> {
  const line = await Line.open(stage.url, caller, false);
  line.send({ type, payload: { a } });
  await line.gone(CLOSED_MS);
  stage.asked += 1;
  stage.count(`closed with ${line.closed}`);
  if (line.closed !== TOO_LONG)
    stage.troubles.push(`a ${type} that is too long before the greeting was taken`);
  line.close();
}

const greetings: Attack = {
  name: 'long greetings',
  why: 'what a greeting holds is bounded, and not kept',
  share: 3,
  run: async (stage) => {
    const stranger = await stage.caller('STRANGER');
    const caller = await stage.caller(Role.VIEWER);
    for (const payload of ['a'.repeat(LIMITS.greetingBytes), 'a'.repeat(1_000_000), widest(1_000_000)]) {
      await Promise.all(BEFORE.map((type) => mustBeClosed(stage, stranger, type, payload)));
    }
    const payload = { authorization: `Bearer ${caller.token}`, a: widest(LIMITS.greetingBytes - 1_000) };
    const before = await stage.heapMb();
    const lines: Line[] = [];
    await stage.flood(
      8,
      async () => {
        const line = await Line.open(stage.url, caller, false);
        line.send({ type: 'connection_init', payload });
        lines.push(line);
        stage.asked += 1;
      },
      GREETINGS,
    );
    await stage.rest();
    const open = lines.filter(({ closed }) => closed === null).length;
    const ofEach = (((await stage.heapMb()) - before) * 1_000) / Math.max(open, 1);
    stage.count('still open', open);
    stage.remark = `${Math.round(ofEach)} kB held by each`;
    if (open > FEW && ofEach > SOCKET_KB)
      stage.troubles.push(`each of ${open} sockets holds ${Math.round(ofEach)} kB of its greeting`);
    lines.forEach((line) => line.close());
  },
};

/** Holds up its own caller by operations that take long, and gives up so many that a socket is not read. */
async function pausedSocket(stage: Stage, caller: Caller): Promise<Line> {
  const list = (i: number) =>
    `a${i}: cohorts(first: 100, filter: { text: "${String.fromCharCode(97 + (i % 26))}" })`;
  const query = `{ ${Array.from({ length: 4 }, (_, i) => `${list(i)} { nodes { id name } }`).join(' ')} }`;
  const paused = await Line.open(stage.url, caller);
  for (let each = 0; each < SLOW_LINES; each++) {
    const busy = await Line.open(stage.url, caller);
    for (let i = 0; i < SLOW; i++) busy.send({ id: `b${i}`, type: 'subscribe', payload: { query } });
  }
  for (let i = 0; i < GIVEN_UP; i++) {
    const id = `p${i}`;
    paused.send({ id, type: 'subscribe', payload: { query } });
    paused.send({ id, type: 'complete' });
    stage.asked += 1;
  }
  return paused;
}

const pauses: Attack = {
  name: 'operations that do not begin',
  why: 'a socket that is not read for its many operations costs others nothing, and is not taken for a dead one',
  share: 20,
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const paused = await pausedSocket(stage, caller);
    const leaving = await pausedSocket(stage, await stage.caller(Role.VIEWER));
    leaving.close();
    const began = Date.now();
    const answer = await paused.ask({ query: '{ about { version } }' }, PAUSED_MS);
    stage.remark = `answered after ${Math.round((Date.now() - began) / 1_000)} s`;
    stage.took(caller, '{ about { version } }', answer);
    if (answer.cut !== null) stage.troubles.push(`a socket that was not read for a while: ${answer.cut}`);
    paused.close();
  },
};

/** Begins a message that never ends, in one of several ways. */
function beginMessage(socket: TcpSocket, turn: number): void {
  const part = 'a'.repeat(BEGUN_BYTES);
  if (turn % 3 === 0) socket.write(frameOf(FRAME.text, part, LIMITS.bytes));
  else if (turn % 3 === 1) socket.write(frameOf(FRAME.begins, part));
  else {
    socket.write(frameOf(FRAME.begins, 'a'));
    socket.write(
      burst(
        BEGUN_BYTES / 500,
        Buffer.concat([frameOf(FRAME.goesOn, 'a'.repeat(500)), frameOf(FRAME.ping, 'b')]),
      ),
    );
  }
}

const unfinished: Attack = {
  name: 'unfinished messages',
  why: 'messages that do not arrive whole are bounded in number and bytes, whoever sends them',
  share: 2,
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const sockets: TcpSocket[] = [];
    await stage.flood(
      16,
      async (turn) => {
        const socket = await tcpSocket(stage.target.port, caller.address);
        socket.resume();
        socket.write(greetingOf(caller));
        beginMessage(socket, turn);
        sockets.push(socket);
        stage.asked += 1;
      },
      UNFINISHED,
    );
    const most = Math.ceil(LIMITS.heldBytesPerCaller / (BEGUN_BYTES - 2 * FIRST_BYTES));
    const open = () => sockets.filter(({ destroyed }) => !destroyed).length;
    for (let waited = 0; open() > most && waited < ARRIVED_MS; waited += LOOK_MS) await pause(LOOK_MS);
    stage.count('still open', open());
    if (open() > most)
      stage.troubles.push(`${open()} messages of one address are waited for, and ${most} may be`);
    sockets.forEach((socket) => socket.destroy());
  },
};

export const SOCKETS: readonly Attack[] = [floods, greetings, pauses, unfinished];
