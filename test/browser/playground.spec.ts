// Playground in a browser: a user explores the API and sees changes arrive, without a request that leaves the machine.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startTestServer, type TestServer } from '../support/server';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let server: TestServer;
let browser: Browser;
const strayRequests: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `No Chromium at ${CHROMIUM}. Install it (Debian: apt-get install chromium) or set CHROMIUM.`,
    );
  }
  server = await startTestServer({ sample: true });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens the playground in a tab of its own, and notes whatever it asks of other machines or complains about. */
async function openPlayground(): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url))
      strayRequests.push(request.url());
  });
  page.on('websocket', (socket) => {
    if (!socket.url().startsWith(server.url.replace('http', 'ws'))) strayRequests.push(socket.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${server.url}/graphql`);
  await page.waitForSelector('.graphiql-execute-button');
  await page.waitForFunction(editorHolds, ['response.json', '']);
  return page;
}

/** Runs in the page: whether an editor exists and holds a text; the editor draws visible lines only. */
function editorHolds([name, text]: string[]): boolean {
  const { __MONACO } = globalThis as unknown as {
    __MONACO?: { editor: { getModels(): { uri: { path: string }; getValue(): string }[] } };
  };
  const model = __MONACO?.editor.getModels().find(({ uri }) => uri.path.endsWith(name!));
  return model !== undefined && model.getValue().includes(text!);
}

/** Runs the named example and waits until its result contains a text. */
async function run(page: Page, example: string, expected: string): Promise<void> {
  await start(page, example);
  await page.waitForFunction(editorHolds, ['response.json', expected]);
}

async function start(page: Page, example: string): Promise<void> {
  await page.click(`button[title="${example}"]`);
  await page.click('.graphiql-execute-button');
}

/** For people who want to look: SCREENSHOTS names a folder. */
async function show(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });
}

test('finds the 34 wards of Thủ Đức as of a day', async () => {
  const page = await openPlayground();
  await run(page, 'FindUnitAsOfDay', '"totalCount": 34');
  await show(page, 'unit');
  await page.close();
});

test('counts the years 2021 to 2023 from rows', async () => {
  const page = await openPlayground();
  await run(page, 'YearlyFigures', '"participations": 39539');
  await show(page, 'figures');
  await page.close();
});

test('plans a cohort in one tab and sees it arrive live in another', async () => {
  const following = await openPlayground();
  const planning = await openPlayground();
  const subscribed = following
    .waitForEvent('websocket')
    .then((socket) =>
      socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('"type":"subscribe"')),
    );
  await start(following, 'FollowCohorts');
  await subscribed;
  await run(planning, 'PlanCohort', '"userErrors": []');
  await following.waitForFunction(editorHolds, ['response.json', '"kind": "PLANNED"']);
  await show(planning, 'plan');
  await show(following, 'follow-cohorts');
  await Promise.all([following.close(), planning.close()]);
});

test('records graduates in one tab and sees them arrive live in another', async () => {
  const following = await openPlayground();
  const recording = await openPlayground();
  const subscribed = following
    .waitForEvent('websocket')
    .then((socket) =>
      socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('"type":"subscribe"')),
    );
  await start(following, 'FollowGraduates');
  await subscribed;
  await run(recording, 'RecordGraduates', '"userErrors": []');
  await following.waitForFunction(editorHolds, ['response.json', '"kind": "RECORDED"']);
  await show(recording, 'record');
  await show(following, 'follow-graduates');
  await Promise.all([following.close(), recording.close()]);
});

test('asks no other machine for anything and logs no error', () => {
  expect(strayRequests).toEqual([]);
  expect(complaints).toEqual([]);
});
