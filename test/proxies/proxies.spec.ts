// The proxies of examples/proxies before a running server: operations, compression, streams, sockets, idle connections.
// Not part of `npm test`: `npm run test:proxies` says which programs it needs.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect } from '../support/live';
import { newFolder, startTestServer, type TestServer } from '../support/server';
import { openStream } from '../support/sse';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, Writer } from '../server/stream';

const EXAMPLES = join(__dirname, '../../../examples/proxies');
const PATH = `${process.env.PATH}:/usr/sbin`;
const PROXIES: [name: string, file: string, command: (path: string) => string[]][] = [
  ['nginx', 'nginx.conf', (path) => ['nginx', '-c', path, '-g', 'daemon off;']],
  ['Caddy', 'Caddyfile', (path) => ['caddy', 'run', '--config', path, '--adapter', 'caddyfile']],
  ['HAProxy', 'haproxy.cfg', (path) => ['haproxy', '-f', path]],
];

/** In place of the 60 s of the examples, so that a test need not wait for as long; longer than a few pings. */
const IDLE_SECONDS = 3;
const PING_MS = 500;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once something listens there. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connectTcp(port, '127.0.0.1');
      socket.on('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => setTimeout(() => resolve(false), 20));
    });
    if (isUp) return;
  }
}

describe.each(PROXIES)('behind %s', (name, file, command) => {
  let server: TestServer;
  let url: string;
  let child: ChildProcess;
  beforeAll(async () => {
    const [program] = command('') as [string];
    if (spawnSync(program, ['-v'], { env: { PATH } }).error) {
      throw new Error(
        `${name} is not installed here: this test needs \`${program}\` (apt-get install ${program}).`,
      );
    }
    server = await startTestServer({ pingMs: PING_MS });
    const port = await freePort();
    const folder = newFolder();
    const path = join(folder, file);
    const config = readFileSync(join(EXAMPLES, file), 'utf8')
      .replaceAll('127.0.0.1:4000', new URL(server.url).host)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replaceAll('/tmp/canbo-nginx', join(folder, 'nginx'))
      .replaceAll('60s', `${IDLE_SECONDS}s`);
    writeFileSync(path, config);
    const [, ...args] = command(path);
    child = spawn(program, args, { env: { PATH, HOME: folder }, stdio: 'ignore' });
    url = `http://127.0.0.1:${port}`;
    await listening(port);
  });
  afterAll(async () => {
    child?.kill('SIGTERM');
    await server?.stop();
  });

  it('operations are answered, compressed', async () => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url, 'accept-encoding': 'gzip' },
      body: JSON.stringify({ query: '{ __schema { types { name description } } }' }),
    });
    expect([response.status, response.headers.get('content-encoding')]).toEqual([200, 'gzip']);
    expect(await response.json()).toMatchObject({ data: { __schema: {} } });
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });

  it('a stream that is idle for longer than the proxy waits stays open, and an event arrives at once', async () => {
    const writer = await Writer.start(server);
    const filter = { cohortIds: [writer.cohort.id] };
    const stream = await openStream(url, {
      query: FOLLOW_COHORTS,
      variables: { filter, after: await logEnd(server) },
      headers: { 'accept-encoding': 'gzip, br' },
    });
    // As many pings as the proxy would wait for, and more: each is heard when it is sent.
    const pings = (IDLE_SECONDS * 1000) / PING_MS + 4;
    for (let i = 0; i < pings; i += 1) expect(await stream.next()).toEqual({ id: expect.any(String) });
    const written = await writer.revise();
    expect(await stream.nextEvent()).toMatchObject({ id: written });
    stream.cut();
  });

  it('a socket passes, and hears of events', async () => {
    const writer = await Writer.start(server);
    const client = await connect(url);
    const told = client.subscribe(FOLLOW_COHORTS, {
      after: await logEnd(server),
      filter: { cohortIds: [writer.cohort.id] },
    });
    const written = await writer.revise();
    expect(await told.nextData()).toMatchObject({ cohortChanged: { cursor: written } });
    await client.close();
  });
});
