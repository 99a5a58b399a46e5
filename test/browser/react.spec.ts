// Browser test of canbo-client/react: the packed tarball, installed in an empty Vite and React application, under
// StrictMode, which mounts everything twice, with a real server behind a connection that is cut.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Role } from '../../src/access/policy';
import { projectRoot } from '../../src/config/project-root';
import { Writer } from '../server/stream';
import { type Proxy, startProxy } from '../support/proxy';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { newCohort, newUnit } from '../support/world';

const run = promisify(execFile);
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Long enough for a machine that is busy with something else. */
const LONGEST_WAIT_MS = 60_000;
const TYPES = { html: 'text/html', js: 'text/javascript' } as Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'canbo-react-'));
const pages = createServer(({ url = '/' }, response) => {
  const name = new URL(url, 'http://localhost').pathname.slice(1) || 'index.html';
  const path = join(folder, 'dist', name);
  if (!existsSync(path)) return void response.writeHead(404).end();
  response.setHeader('content-type', TYPES[name.split('.').at(-1)!] ?? 'text/plain');
  response.end(readFileSync(path));
});

let server: TestServer;
let proxy: Proxy;
let browser: Browser;
let origin: string;

/**
 * Installs the tarball as a front end would, with npm, in an empty application; its React and Vite are those that this
 * project has.
 */
async function buildApplication(): Promise<void> {
  const client = join(projectRoot, 'client');
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: client,
  });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['LICENSE', 'README.md']));
  cpSync(join(projectRoot, 'test', 'browser', 'react-app'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await run('npm', ['install', '--offline', '--legacy-peer-deps', `./${filename}`], { cwd: folder });
  for (const name of ['graphql', 'graphql-ws', 'react', 'react-dom']) {
    symlinkSync(join(projectRoot, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const vite = join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js');
  // Only React's development build mounts everything twice under StrictMode.
  const env = { ...process.env, NODE_ENV: 'development' };
  await run(process.execPath, [vite, 'build', '--mode', 'development', '--logLevel', 'warn'], {
    cwd: folder,
    env,
  });
}

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `No Chromium at ${CHROMIUM}. Install it (Debian: apt-get install chromium) or set CHROMIUM.`,
    );
  }
  await buildApplication();
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  server = await startTestServer({ env: { CORS_ORIGINS: origin }, pingMs: 2_000 });
  proxy = await startProxy(server.url);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});
afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await server?.stop();
  pages.close();
});

async function openPage(unitId: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(LONGEST_WAIT_MS);
  const query = new URLSearchParams({
    url: `${proxy.url.replace('http', 'ws')}/graphql`,
    token: await tokenFor(Role.ADMINISTRATOR),
    unit: unitId,
  });
  await page.goto(`${origin}/?${query.toString()}`);
  return page;
}

const shows = (page: Page, selector: string, text: string) =>
  page.locator(selector, { hasText: new RegExp(`^${text}$`) }).waitFor({ state: 'attached' });
const lines = (page: Page) => page.locator('#list li').allTextContents();
const cursors = async (page: Page) =>
  (await page.locator('#events').textContent())!.split(' ').filter(Boolean);

/** Revises until the page has heard of it: it follows from when the server has begun, which it cannot see. */
async function reviseUntilHeard(page: Page, writer: Writer): Promise<string[]> {
  const written: string[] = [];
  while (!(await page.locator('#events').getAttribute('data-newest'))) written.push(await writer.revise());
  return written;
}

const shownEvent = (page: Page, cursor: string) =>
  page.locator(`#events[data-newest="${cursor}"]`).waitFor({ state: 'attached' });

test('a list is read, kept current and kept in order; every event comes once, across cuts', async () => {
  const { id: hostUnitId } = await newUnit(server);
  const writer = await Writer.start(server, { hostUnitId, code: 'LOP-B', capacity: 40 });
  await newCohort(server, { hostUnitId, code: 'LOP-C', capacity: 40 });
  const page = await openPage(hostUnitId);
  await shows(page, '#list li', 'LOP-C 40');
  expect(await lines(page)).toEqual(['LOP-B 40', 'LOP-C 40']);

  const written = await reviseUntilHeard(page, writer);
  written.push(...(await writer.reviseTimes(3)));
  await shownEvent(page, written.at(-1)!);
  await shows(page, '#list li', `LOP-B ${written.length}`);
  await shows(page, '#status', 'live');
  const [first] = await cursors(page);
  expect(await cursors(page)).toEqual(written.slice(written.indexOf(first!)));

  const target = proxy.target;
  proxy.target = 'http://127.0.0.1:1'; // nothing listens there
  proxy.cut();
  await shows(page, '#status', 'reconnecting');
  written.push(...(await writer.reviseTimes(4)));
  await newCohort(server, { hostUnitId, code: 'LOP-A', capacity: 40 });
  const last = await writer.revise();
  proxy.target = target;
  await shownEvent(page, last);
  await shows(page, '#status', 'live');
  await shows(page, '#list li', 'LOP-A 40');
  await shows(page, '#list li', `LOP-B ${written.length + 1}`);
  expect(await lines(page)).toEqual(['LOP-A 40', `LOP-B ${written.length + 1}`, 'LOP-C 40']);
  const seen = await cursors(page);
  const planned = seen.at(-2);
  expect(seen).toEqual([...written.slice(written.indexOf(first!)), planned, last]);
  expect(written).not.toContain(planned);
  await page.close();
});

test('components that leave close the socket, and those that come back follow anew', async () => {
  const { id: hostUnitId } = await newUnit(server);
  const writer = await Writer.start(server, { hostUnitId, code: 'LOP-D', capacity: 40 });
  const page = await openPage(hostUnitId);
  await shows(page, '#list li', 'LOP-D 40');
  await page.getByRole('button').click();
  await shows(page, '#status', 'idle');
  await writer.revise();
  await page.getByRole('button').click();
  await shows(page, '#list li', 'LOP-D 1');
  const written = await reviseUntilHeard(page, writer);
  await shownEvent(page, written.at(-1)!);
  await shows(page, '#list li', `LOP-D ${written.length + 1}`);
  const seen = await cursors(page);
  expect(seen).toEqual(written.slice(written.indexOf(seen[0]!)));
  await page.close();
});
