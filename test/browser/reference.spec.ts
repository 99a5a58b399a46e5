// Browser test of the schema reference at /docs: search, links, languages, accessibility, and no request elsewhere.
import { type Browser, type Page } from 'playwright-core';
import { launchChromium, seriousFaults, show } from '../support/browser';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
let browser: Browser;
const requests: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  server = await startTestServer();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const DESK = { width: 1400, height: 900 };
const PHONE = { width: 390, height: 844 };

async function openReference(viewport = DESK, anchor = ''): Promise<Page> {
  const page = await browser.newPage({ viewport });
  page.on('request', (request) => requests.push(request.url().split('#')[0]!));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${server.url}/docs${anchor}`);
  return page;
}

const resultsOf = (page: Page) => page.locator('#results a').allInnerTexts();

test.each([
  ['cohorts', 'Query.cohorts'],
  ['training order', 'TrainingOrder'],
  ['ĐẶT HÀNG', 'TrainingOrder'],
  ['dat hang', 'TrainingOrder'],
  ['planco', 'Mutation.planCohort'],
])('a search for "%s" finds %s', async (sought, expected) => {
  const page = await openReference();
  await page.fill('#search', sought);
  expect(await resultsOf(page)).toContain(expected);
  await page.close();
});

test('a search that finds nothing says so, and an empty one says nothing', async () => {
  const page = await openReference();
  await page.fill('#search', 'xyzzy');
  expect(await page.locator('#found').innerText()).toBe('0 kết quả');
  await page.fill('#search', '');
  expect(await page.locator('#found').innerText()).toBe('');
  expect(await resultsOf(page)).toEqual([]);
  await page.close();
});

test('Enter goes to the first result', async () => {
  const page = await openReference();
  await page.fill('#search', 'planCohort');
  await page.press('#search', 'Enter');
  expect(page.url()).toContain('#Mutation.planCohort');
  await page.waitForSelector('[id="Mutation.planCohort"]:target');
  await page.close();
});

test.each([
  ['desk', DESK],
  ['phone', PHONE],
])('an address with a place opens the page there, on a %s', async (name, viewport) => {
  const page = await openReference(viewport, '#Cohort.hostUnit');
  const { y } = (await page.locator('[id="Cohort.hostUnit"]').boundingBox())!;
  expect(y).toBeGreaterThanOrEqual(0);
  expect(y).toBeLessThan(viewport.height);
  await show(page, `reference-place-${name}`);
  await page.close();
});

test('the language is chosen in the bar, kept, and that of the playground', async () => {
  const page = await openReference();
  expect(await page.locator('h1').innerText()).toContain('tra cứu lược đồ');
  await page.selectOption('#language', 'en');
  expect(await page.locator('h1').innerText()).toContain('schema reference');
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  await page.reload();
  expect(await page.locator('h1').innerText()).toContain('schema reference');
  await page.goto(`${server.url}/graphql`);
  await page.waitForSelector('.canbo-bar >> text=Reset tabs');
  await page.close();
});

test.each([
  ['desk', DESK],
  ['phone', PHONE],
])('axe finds nothing serious at the width of a %s, and nothing is wider', async (name, viewport) => {
  const page = await openReference(viewport);
  await page.fill('#search', 'cohort');
  await show(page, `reference-${name}`);
  expect(await seriousFaults(page)).toEqual([]);
  const wide = await page.evaluate(() => {
    const { document } = globalThis as unknown as { document: { documentElement: { scrollWidth: number } } };
    return document.documentElement.scrollWidth;
  });
  expect(wide).toBeLessThanOrEqual(viewport.width);
  await page.close();
});

test('asks this server for nothing but the page, and no other machine, and logs no error', () => {
  const others = requests.filter(
    (url) => !/^data:|\/docs$/.test(url) && !/\/(graphql|playground\/)/.test(url),
  );
  expect(others).toEqual([]);
  expect(requests.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.url))).toEqual([]);
  expect(complaints).toEqual([]);
});
