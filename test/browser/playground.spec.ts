// Browser test of the playground: its examples work, changes arrive live, roles and languages can be changed, it is
// accessible, and no request goes to another machine.
import { type Browser, type Page } from 'playwright-core';
import { launchChromium, seriousFaults, show } from '../support/browser';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
let browser: Browser;
const strayRequests: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  server = await startTestServer({ sample: true });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens the playground in a new tab, and records its requests to other machines and its console errors. */
async function openPlayground(viewport = { width: 1400, height: 900 }): Promise<Page> {
  const page = await browser.newPage({ viewport });
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

/** Runs in the page: whether an editor exists and contains a text; the editor renders visible lines only. */
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

test.each([
  ['SearchOfficials', '"totalCount"'],
  ['PageOfCohorts', '"hasNextPage": true'],
  ['Compliance', '"required"'],
  ['RequestTraining', '"userErrors": []'],
])('%s works as it stands', async (example, expected) => {
  const page = await openPlayground();
  await run(page, example, expected);
  await page.close();
});

test('a subscription goes on while another tab is open, and lists its events', async () => {
  const page = await openPlayground();
  await start(page, 'ResumeCohorts');
  await page.waitForSelector('.canbo-live >> text=đang nghe');
  await run(page, 'PlanCohort', '"userErrors": []');
  await page.waitForSelector('.canbo-live >> text=1 sự kiện');
  await page.click('.canbo-live summary');
  await page.waitForSelector('.canbo-live pre >> text=PLANNED');
  await show(page, 'live-list');
  await page.click('.canbo-live >> text=Dừng');
  await page.waitForSelector('.canbo-live >> text=đã dừng');
  await page.close();
});

test('the button of its tab stops a subscription', async () => {
  const page = await openPlayground();
  await start(page, 'FollowCohorts');
  await page.waitForSelector('.canbo-live >> text=đang nghe');
  await page.click('.graphiql-execute-button');
  await page.waitForSelector('.canbo-live >> text=đã dừng');
  await page.close();
});

test('a role of the bar may do what it may, in the language of the bar', async () => {
  const page = await openPlayground();
  await run(page, 'PlanCohort', '"userErrors": []');
  await page.selectOption('.canbo-bar label:has-text("Vai trò") select', { label: 'Người xem' });
  await page.click('.graphiql-execute-button');
  await page.waitForFunction(editorHolds, ['response.json', 'FORBIDDEN']);
  const roles = await page.locator('.canbo-bar option').allInnerTexts();
  expect(roles.map((each) => each.split(' – ')[0])).toEqual(
    expect.arrayContaining(['Quản trị', 'Quản lý đơn vị', 'Phòng đào tạo', 'Cán bộ', 'Khách (không có thẻ)']),
  );
  await page.selectOption('.canbo-bar label:has-text("Ngôn ngữ") select', 'en');
  await page.waitForSelector('.canbo-bar >> text=Reset tabs');
  await page.selectOption('.canbo-bar label:has-text("Role") select', { label: 'Administrator' });
  await page.click('.graphiql-execute-button');
  await page.waitForFunction(editorHolds, ['response.json', 'already']);
  await page.close();
});

test('every Vietnamese letter has the font of the editors', async () => {
  const page = await openPlayground();
  const texts = ['aA', 'ăđơư', 'ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ₫'];
  const loaded = await page.evaluate(async (asked) => {
    const { document } = globalThis as unknown as {
      document: { fonts: { load(font: string, text: string): Promise<unknown[]> } };
    };
    return Promise.all(
      asked.map(async (text) => (await document.fonts.load('14px "Fira Code"', text)).length),
    );
  }, texts);
  expect(Math.min(...loaded)).toBeGreaterThan(0);
  await page.close();
});

test.each([
  ['desk', 1400, 900],
  ['phone', 390, 844],
])('axe finds nothing serious at the width of a %s', async (name, width, height) => {
  const page = await openPlayground({ width, height });
  await start(page, 'FollowCohorts');
  await page.waitForSelector('.canbo-live >> text=đang nghe');
  expect(await seriousFaults(page)).toEqual([]);
  await show(page, `playground-${name}`);
  await page.close();
});

test('on a phone the result stands below the editor, as wide as it', async () => {
  const page = await openPlayground({ width: 390, height: 844 });
  const editor = (await page.locator('.graphiql-editors').boundingBox())!;
  const result = (await page.locator('.graphiql-response').boundingBox())!;
  expect(result.y).toBeGreaterThanOrEqual(editor.y + editor.height);
  expect(result.width).toBeGreaterThan(280);
  await page.close();
});

test('sends no request to another machine and logs no error', () => {
  expect(strayRequests).toEqual([]);
  expect(complaints).toEqual([]);
});
