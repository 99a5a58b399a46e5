// Test of the guide docs/clients.md: each block of code is run as it stands, in an empty folder, against a server.
// Not part of `npm test`: it installs packages from the registry and needs Chromium. `npm run test:guides` runs it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Browser, type Page } from 'playwright-core';
import { Role } from '../../src/access/policy';
import { projectRoot } from '../../src/config/project-root';
import { launchChromium, show } from '../support/browser';
import { type Proxy, startProxy } from '../support/proxy';
import { newFolder, startTestServer, type TestServer, tokenFor } from '../support/server';
import { must, newCode, newProgramme, newUnit } from '../support/world';

interface Block {
  language: string;
  code: string;
}

/** The blocks of the page by the heading they stand under. */
const sections = new Map<string, Block[]>(
  readFileSync(join(projectRoot, 'docs', 'clients.md'), 'utf8')
    .split(/^#+ (?=[^\n]+\n\n)/m)
    .map((section) => [
      section.slice(0, section.indexOf('\n')),
      [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => ({
        language: language!,
        code: code!,
      })),
    ]),
);
const followed = new Set<Block>();
/** Commands that go on until they are stopped. */
const GOES_ON = ['npx vite', 'node follow.mjs'];
const NAME = /^(?:\/\/|<!--) (\S+)/;

let server: TestServer;
let proxy: Proxy;
let browser: Browser;
let token: string;
const folders: string[] = [];
const running: ChildProcess[] = [];
/** What Chromium waits for at most: a page that stays as it is should say so before the test ends. */
const PATIENCE_MS = 60_000;

beforeAll(async () => {
  server = await startTestServer({ sample: true });
  proxy = await startProxy(server.url);
  browser = await launchChromium();
  token = await tokenFor(Role.ADMINISTRATOR);
});
afterEach(() =>
  Promise.all(
    running.splice(0).map((child) => {
      const closed = once(child, 'close');
      process.kill(-child.pid!);
      return closed;
    }),
  ),
);
afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await server?.stop();
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

/** The page takes the clone to be at ../canbo, and the server at port 4000. */
const here = (code: string) =>
  code.replaceAll('../canbo', projectRoot).replaceAll('localhost:4000', new URL(proxy.url).host);

/** What a command that goes on has said so far. */
class Output {
  private said = '';
  private wake: () => void = () => undefined;

  readonly hear = (bytes: Buffer): void => {
    this.said += bytes.toString().replace(/\x1b\[\d*m/g, '');
    this.wake();
  };

  /** Resolves with what a pattern finds, once it finds something. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.said);
      if (found) return found[0];
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/** Does what sections of the page say, in a folder. @returns what their last command that goes on says. */
async function follow(folder: string, ...headings: string[]): Promise<Output> {
  const output = new Output();
  for (const block of headings.flatMap((heading) => sections.get(heading) ?? [])) {
    followed.add(block);
    const file = NAME.exec(block.code)?.[1];
    if (block.language !== 'sh') {
      if (!file) throw new Error(`This block has no name of a file: ${block.code}`);
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), here(block.code));
    } else for (const line of block.code.trim().split('\n')) await run(folder, line, output);
  }
  return output;
}

/** @throws Error with what a command said, when it fails. */
async function run(folder: string, command: string, output: Output): Promise<void> {
  const child = spawn('sh', ['-c', here(command)], {
    cwd: folder,
    detached: true,
    env: { ...process.env, CANBO_TOKEN: token, NODE_ENV: undefined, NO_COLOR: '1' },
  });
  if (GOES_ON.includes(command)) {
    running.push(child);
    child.stdout.on('data', output.hear);
    child.stderr.on('data', output.hear);
    return;
  }
  const ended = new Promise((resolve) => child.on('close', resolve));
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await ended;
  output.hear(Buffer.from(said));
  if (code !== 0) throw new Error(`${command}\n${said}\n${complaints}`);
}

function emptyFolder(): string {
  const folder = newFolder();
  folders.push(folder);
  return folder;
}

async function plan(name: string): Promise<{ id: string; code: string; version: number }> {
  const [programmeId, hostUnitId] = [(await newProgramme(server)).id, (await newUnit(server)).id];
  const input = { code: newCode('G'), name, startsOn: '2026-12-01', programmeId, hostUnitId };
  const made = await must(server, 'planCohort', input, 'cohort { id code version }');
  return made.cohort;
}

const open = (cohort: { id: string }) =>
  must(server, 'openEnrolment', { cohortId: cohort.id }, 'cohort { id }');

const rowOf = (page: Page, code: string, label: string) =>
  page.waitForSelector(`li:has-text("${code}"):has-text("${label}")`);

const BEGIN = 'Before you begin';

describe.each(['Apollo Client', 'urql', 'Relay'])('a page with %s', (client) => {
  it('has a live list with Vietnamese labels', async () => {
    const output = await follow(emptyFolder(), BEGIN, 'An empty page', client);
    const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
    page.setDefaultTimeout(PATIENCE_MS);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(await output.until(/http:\/\/localhost:\d+/));
    await page.waitForSelector('li:has-text("Đang chiêu sinh")');
    expect(await page.locator('li').count()).toBe(20);

    const first = await plan('Lớp thứ nhất');
    await rowOf(page, first.code, 'Dự kiến');
    expect(await page.locator('li').first().innerText()).toContain('Lớp thứ nhất');
    await open(first);
    await rowOf(page, first.code, 'Đang chiêu sinh');

    proxy.cut();
    const missed = await plan('Lớp khi mất mạng');
    await rowOf(page, missed.code, 'Dự kiến');
    await open(missed);
    await rowOf(page, missed.code, 'Đang chiêu sinh');

    const before = await page.locator('li').count();
    await page.click('text=Xem thêm');
    await page.waitForSelector(`li:nth-child(${before + 1})`);
    await show(page, `guide-${client}`);
    expect(complaints.filter((each) => !each.includes('React DevTools'))).toEqual([]);
    await page.close();
  });
});

it('graphql-request asks', async () => {
  const output = await follow(emptyFolder(), BEGIN, 'graphql-request');
  await output.until(/lớp, mới nhất:\n(.+ · .+ · .+ · .+\n){5}/);
});

it.each(['graphql-ws', 'graphql-sse'])('%s follows, across a cut', async (client) => {
  const output = await follow(emptyFolder(), BEGIN, client);
  await output.until(/Đang theo dõi/);
  const first = await plan('Lớp thứ nhất');
  await output.until(new RegExp(`${first.code} · Dự kiến`));
  proxy.cut();
  await open(first);
  await output.until(new RegExp(`${first.code} · Đang chiêu sinh`));
});

it('the code generator makes types without `unknown`', async () => {
  const folder = emptyFolder();
  await follow(folder, BEGIN, 'Types of the schema');
  const types = readFileSync(join(folder, 'src', 'gql', 'graphql.ts'), 'utf8');
  expect(types).toMatch(/startsOn: string/);
  expect(types).not.toMatch(/unknown;|: any/);
});

it('the examples of what all have in common do what they say', async () => {
  const folder = emptyFolder();
  await follow(folder, 'What all have in common');
  const said = async (heading: string, pattern: RegExp) => (await follow(folder, heading)).until(pattern);
  await said('Tokens and their renewal', /4403: .+\n.*\n?.*test-administrator/);
  await said('Errors by code', /\S+.*\nHãy đăng nhập lại\.\n/);
  const counted = await said('Pagination', /(\d+) \/ \1 đơn vị/);
  expect(parseInt(counted)).toBeGreaterThan(100);
  await said('Optimistic updates', /Tên khác[^]*\(mới\)[^]*STALE_VERSION/);
  await said(
    'Costs and limits',
    /first: 10 costs \d+\nfirst: 100 costs \d+\nQUERY_TOO_COMPLEX: cost \d+, allowed \d+/,
  );
  await said('What a stranger sees', /\d+ \d+ 0\n\d+ \d+ [1-9]/);
});

it('every block of the page was run', () => {
  expect([...sections.values()].flat().filter((block) => !followed.has(block))).toEqual([]);
});
