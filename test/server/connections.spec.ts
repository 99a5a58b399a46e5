// Connections that never become an operation: bounded in number, bytes and time, measured from outside.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import WebSocket from 'ws';
import { FOLLOW_COHORTS, openRaw } from './stream';
import { openStream } from '../support/sse';
import { startTestServer, type TestServer } from '../support/server';

const BODY = JSON.stringify({ query: '{ latestCursor }' });
const MEGABYTE = 1_048_576;

let open: Socket[] = [];
async function on(
  options: Parameters<typeof startTestServer>[0],
  work: (own: TestServer) => Promise<void>,
): Promise<void> {
  const own = await startTestServer(options);
  try {
    await work(own);
  } finally {
    for (const socket of open) socket.destroy();
    open = [];
    await own.stop();
  }
}

interface Peer {
  socket: Socket;
  /** All that the server has said. */
  heard: () => string;
  /** What the server had said when it closed the connection. */
  closed: Promise<string>;
}

/** A connection that says what it is told to, and no more. */
async function dial({ url }: TestServer, text: string | Buffer = ''): Promise<Peer> {
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
  open.push(socket);
  let heard = '';
  socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
  socket.on('error', () => undefined); // a reset is a way of closing
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(heard)));
  await Promise.race([once(socket, 'connect'), closed]);
  if (text.length > 0) socket.write(text);
  return { socket, heard: () => heard, closed };
}

/** When the server has said something more. */
async function answer({ socket, heard }: Peer): Promise<string> {
  while (heard() === '') await once(socket, 'data');
  return heard();
}

const head = (...more: string[]) =>
  ['POST /graphql HTTP/1.1', 'host: localhost', 'content-type: application/json', ...more].join('\r\n');
const chunked = `${head('transfer-encoding: chunked')}\r\n\r\n`;
const announced = (bytes: number, sent: string) => `${head(`content-length: ${bytes}`)}\r\n\r\n${sent}`;

describe('a request that does not arrive', () => {
  it.each([
    ['a connection that says nothing', ''],
    ['headers that do not end', head('x-more: ')],
    ['a body that does not end', announced(MEGABYTE, ' '.repeat(1_000))],
    ['a body in chunks that do not come', `${head('transfer-encoding: chunked')}\r\n\r\n5\r\n{"qu`],
  ])('%s is closed when the time of a request is up', (_what, text) =>
    on({ limits: { operationMs: 300 } }, async (own) => {
      const silent = await dial(own, text);
      expect(await silent.closed).toMatch(/^(HTTP\/1.1 408|$)/);
    }),
  );

  it('a byte at a time is closed all the same', () =>
    on({ limits: { operationMs: 300 } }, async (own) => {
      const dripping = await dial(own, head('x-more: '));
      const drip = setInterval(() => dripping.socket.write('x'), 20);
      expect(await dripping.closed).toMatch(/^(HTTP\/1.1 408|$)/);
      clearInterval(drip);
    }));

  it('leaves a connection that waits for its next request alone', () =>
    on({ limits: { operationMs: 300 } }, async (own) => {
      const kept = await dial(own, announced(BODY.length, BODY));
      expect(await answer(kept)).toContain('latestCursor');
      expect(await (await dial(own, head('x-more: '))).closed).toMatch(/^(HTTP\/1.1 408|$)/);
      kept.socket.write(announced(BODY.length, BODY));
      while (kept.heard().split('HTTP/1.1 200').length < 3) await once(kept.socket, 'data');
    }));
});

describe('an address', () => {
  it('holds as many connections as are allowed, and one that closes makes room', () =>
    on({ env: { CONNECTIONS_PER_ADDRESS: '3' } }, async (own) => {
      const held = [await dial(own), await dial(own), await dial(own)];
      expect(await (await dial(own, announced(BODY.length, BODY))).closed).toBe('');
      held[0]!.socket.write(announced(BODY.length, BODY));
      expect(await answer(held[0]!)).toContain('latestCursor');
      held[1]!.socket.destroy();
      let heard = '';
      while (!heard.includes('latestCursor')) {
        const next = await dial(own, announced(BODY.length, BODY));
        heard = await Promise.race([next.closed, answer(next).catch(() => '')]);
      }
    }));

  it('may follow events over more sockets and streams than it may hold connections', () =>
    on({ env: { CONNECTIONS_PER_ADDRESS: '2' } }, async (own) => {
      const sockets = [];
      for (let i = 0; i < 5; i++) sockets.push(await openRaw(own.url));
      const streams = [];
      for (let i = 0; i < 5; i++) streams.push(await openStream(own.url, { query: FOLLOW_COHORTS }));
      expect(streams.map(({ status }) => status)).toEqual(Array(5).fill(200));
      expect((await own.ask('{ latestCursor }')).errors).toBeUndefined();
      for (const stream of streams) stream.cut();
      for (const { socket } of sockets) socket.close();
    }));

  const LONG = `${BODY}${' '.repeat(200_000)}`;
  const one = 'connection: close';

  it('sends so many bytes of bodies that have not arrived, and no more until one has', () =>
    on({ limits: { heldBytesPerCaller: 2 * MEGABYTE } }, async (own) => {
      const almost = `${BODY}${' '.repeat(MEGABYTE - BODY.length - 1)}`;
      const held = [
        await dial(own, announced(MEGABYTE, almost)),
        await dial(own, announced(MEGABYTE, almost)),
      ];
      const long = `${head(one, `content-length: ${LONG.length}`)}\r\n\r\n${LONG}`;
      let said = '';
      while (!said.includes(' 429 ')) said = await (await dial(own, long)).closed;
      expect(said).toContain('"code":"RATE_LIMITED"');
      expect(said).toMatch(/connection: close/i);
      expect((await fetch(`${own.url}/health/ready`)).status).toBe(200);
      expect((await own.ask('{ latestCursor }')).errors).toBeUndefined(); // a short one is not locked out
      held[0]!.socket.write(' ');
      expect(await answer(held[0]!)).toContain('latestCursor');
      expect(await (await dial(own, long)).closed).toContain('latestCursor');
    }));

  it.each([
    ['of a length that is told', () => announced(MEGABYTE, ' '.repeat(MEGABYTE - 1))],
    ['in chunks', () => `${chunked}${(MEGABYTE - 1).toString(16)}\r\n${' '.repeat(MEGABYTE - 1)}\r\n`],
    [
      'in chunks of a byte, which take more memory than their data',
      () => chunked + '1\r\n \r\n'.repeat(16_000),
    ],
  ])('holds two long bodies %s, and the third is refused', (_what, text) =>
    on({ limits: { heldBytesPerCaller: 2 * MEGABYTE } }, async (own) => {
      const closed = [];
      for (let i = 0; i < 3; i++) closed.push((await dial(own, text())).closed);
      expect(await Promise.race(closed)).toMatch(/ 429 |^$/); // a reset may overtake the answer
    }),
  );

  it('is not locked out by many bodies of which little has arrived', () =>
    on({ limits: { heldBytesPerCaller: 2 * MEGABYTE } }, async (own) => {
      for (let i = 0; i < 40; i++) {
        await dial(own, `${chunked}1\r\n{\r\n`);
        await dial(own, announced(MEGABYTE, '{'));
      }
      for (const body of [BODY, LONG]) {
        const next = await dial(own, `${head(one, `content-length: ${body.length}`)}\r\n\r\n${body}`);
        expect(await next.closed).toContain('latestCursor');
      }
      const size = LONG.length.toString(16);
      const whole = await dial(own, `${chunked}${size}\r\n${LONG}\r\n0\r\n\r\n`);
      expect(await answer(whole)).toContain('latestCursor');
    }));
});

describe('requests sent before the answers to others', () => {
  const answers = ({ heard }: Peer) => heard().split('HTTP/1.1 ').length - 1;

  it.each([
    ['of nothing', '/nothing'],
    ['of an address that cannot be read', '/%zz'],
    ['of the API', '/graphql?query=%7BlatestCursor%7D'],
  ])('are too many by the thousand: %s', (_what, path) =>
    on({}, async (own) => {
      const floods = [];
      const request = `GET ${path} HTTP/1.1\r\nhost: localhost\r\napollo-require-preflight: 1\r\n\r\n`;
      for (let i = 0; i < 5; i++) floods.push(await dial(own, request.repeat(5_000)));
      expect((await own.ask('{ latestCursor }')).errors).toBeUndefined();
      for (const flood of floods) {
        await flood.closed;
        expect(answers(flood)).toBeLessThan(50);
      }
    }),
  );

  it('are answered when they are ten, as often as one likes', () =>
    on({}, async (own) => {
      const peer = await dial(own);
      for (const sent of [10, 20, 30, 40]) {
        peer.socket.write('GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(10));
        while (answers(peer) < sent) await once(peer.socket, 'data');
      }
      expect(answers(peer)).toBe(40);
      expect(peer.socket.destroyed).toBe(false);
    }));
});

describe('a WebSocket', () => {
  const upgrade = [
    'GET /graphql HTTP/1.1',
    'host: localhost',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
    'sec-websocket-protocol: graphql-transport-ws',
    '\r\n',
  ].join('\r\n');

  /** Begins a text message of a megabyte, and sends so much of it. */
  const begun = (bytes: number) => {
    const frame = Buffer.alloc(14 + bytes, ' ');
    frame.writeUInt8(0x81, 0);
    frame.writeUInt8(0x80 | 127, 1);
    frame.writeBigUInt64BE(BigInt(MEGABYTE), 2);
    frame.writeUInt32BE(0, 10); // the mask
    return frame;
  };

  it('that has yet to say who it is, is one of so many of its address', () =>
    on({ limits: { greetingsPerAddress: 2 } }, async (own) => {
      const silent = [await dial(own, upgrade), await dial(own, upgrade)];
      for (const each of silent) expect(await answer(each)).toContain('101 Switching');
      expect(await (await dial(own, upgrade)).closed).toContain('429 Too Many Requests');
      silent[0]!.socket.destroy();
      let welcome = null;
      while (!welcome) welcome = await openRaw(own.url).catch(() => null);
      (await openRaw(own.url)).socket.close(); // the one before has said who it is
      welcome.socket.close();
    }));

  it('holds a message that does not arrive for no longer than a request', () =>
    on({ limits: { operationMs: 300, initMs: 60_000 } }, async (own) => {
      const slow = await dial(own, upgrade);
      await answer(slow);
      slow.socket.write(begun(100_000));
      await slow.closed;
    }));

  it('holds one that begins behind another in the same packet for no longer than that', () =>
    on({ limits: { operationMs: 300, initMs: 60_000 } }, async (own) => {
      const slow = await dial(own, upgrade);
      await answer(slow);
      const whole = Buffer.concat([
        Buffer.from([0x81, 0x80 | 15, 0, 0, 0, 0]),
        Buffer.from('{"type":"ping"}'),
      ]);
      slow.socket.write(Buffer.concat([whole, begun(40_000)]));
      await slow.closed;
    }));

  it('holds no more of them than its address may, and ordinary messages are let through', () =>
    on({ limits: { heldBytesPerCaller: MEGABYTE, initMs: 60_000 } }, async (own) => {
      const [first, second] = [await dial(own, upgrade), await dial(own, upgrade)];
      await answer(first);
      await answer(second);
      first.socket.write(begun(600_000));
      second.socket.write(begun(600_000));
      await Promise.race([first.closed, second.closed]);
      const raw = await openRaw(own.url);
      raw.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: JSON.parse(BODY) }));
      while (raw.received.length === 0) await once(raw.socket, 'message');
      expect(raw.received).toMatchObject([{ data: { latestCursor: expect.any(String) } }]);
      expect(raw.socket.readyState).toBe(WebSocket.OPEN);
      raw.socket.close();
    }));
});
