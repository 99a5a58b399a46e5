// Browser test of client/examples/event-source.html: EventSource resumes by itself, on another origin and after cuts.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { projectRoot } from '../../src/config/project-root';
import { Writer } from '../server/stream';
import { launchChromium } from '../support/browser';
import { type Proxy, startProxy } from '../support/proxy';
import { startTestServer, type TestServer } from '../support/server';

const HTML = readFileSync(join(projectRoot, 'client/examples/event-source.html'));
const pages = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(HTML));

let server: TestServer;
let proxy: Proxy;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  server = await startTestServer({ env: { CORS_ORIGINS: origin } });
  proxy = await startProxy(server.url);
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await server?.stop();
  pages.close();
});

const inState = (page: Page, state: string) =>
  page.waitForSelector(`body[data-state="${state}"]`, { state: 'attached' });

async function openPage(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${origin}/?canbo=${encodeURIComponent(proxy.url)}`);
  await inState(page, 'open');
  return page;
}

const cursorsOn = (page: Page) =>
  page.$$eval('#events li', (lines) =>
    // Runs in the page; this project is compiled without DOM types.
    lines.map((line) => (line as unknown as { dataset: { cursor: string } }).dataset.cursor),
  );

async function showing(page: Page, cursor: string): Promise<string[]> {
  await page.waitForSelector(`li[data-cursor="${cursor}"]`, { state: 'attached' });
  return cursorsOn(page);
}

test('shows every event once, in order, across cuts', async () => {
  const writer = await Writer.start(server);
  const page = await openPage();
  const written = await writer.reviseTimes(3);
  expect(await showing(page, written.at(-1)!)).toEqual(written);
  for (let i = 0; i < 2; i++) {
    const reconnecting = inState(page, 'reconnecting');
    proxy.cut();
    await reconnecting;
    written.push(...(await writer.reviseTimes(4)));
    expect(await showing(page, written.at(-1)!)).toEqual(written);
  }
  await page.close();
});

test('loses nothing when cut off before its first event: an id came without one', async () => {
  const page = await openPage();
  const reconnecting = inState(page, 'reconnecting');
  proxy.cut();
  await reconnecting;
  const written = await (await Writer.start(server)).reviseTimes(3);
  expect((await showing(page, written.at(-1)!)).slice(-3)).toEqual(written);
  await page.close();
});

test.each([
  ['a load balancer that finds no server', 503, ''],
  ['a server that ends what it follows', 200, 'event: complete\ndata:\n\n'],
])('comes back by itself from %s, and has missed and repeated nothing', async (_, status, body) => {
  const headers = { 'content-type': 'text/event-stream', 'access-control-allow-origin': origin };
  const between = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  const writer = await Writer.start(server);
  const page = await openPage();
  const written: string[] = [];
  for (let i = 0; i < 2; i++) {
    const waiting = inState(page, 'waiting');
    proxy.target = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
    proxy.cut();
    await waiting;
    written.push(...(await writer.reviseTimes(3)));
    proxy.target = server.url;
    proxy.cut(); // browsers keep connections alive
    expect(await showing(page, written.at(-1)!)).toEqual(written);
  }
  await page.close();
  between.close();
});
