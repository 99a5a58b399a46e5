// Canbo for a test: its own database, a free port, HTTP and WebSocket.
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pino, { type Logger } from 'pino';
import type { Logger as SqlLogger } from 'typeorm';
import { signToken, type TokenClaims } from '../../src/access/identity';
import type { ProviderTiming } from '../../src/access/oidc';
import { Role } from '../../src/access/policy';
import { type Config, readConfig } from '../../src/config/config';
import { newId } from '../../src/lib/ids';
import type { Limits } from '../../src/config/limits';
import type { ReadinessTiming } from '../../src/server/readiness';
import { type RunningServer, startServer } from '../../src/server/server';
import { databaseUrl, dropDatabase, makeDatabase } from './database';

export const SECRET = 'a secret of more than thirty-two characters';

export interface Answer<T> {
  status: number;
  data: T;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: Record<string, unknown> & { code: string };
  }[];
  extensions?: { cost?: number };
}

export interface AskOptions {
  /** The role of the token; null sends none. An administrator when left out. */
  as?: Role | null;
  /** A token to send instead. */
  token?: string;
  /** A cursor whose write must be read: the header canbo-after. */
  after?: string;
  /** Accept-Language; English when left out. */
  language?: string;
}

export interface TestServer {
  url: string;
  folder: string;
  running: RunningServer;
  /** Sends one operation over HTTP. */
  ask<T = Record<string, any>>(query: string, variables?: object, options?: AskOptions): Promise<Answer<T>>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  /** An existing folder, which stands for its database; without it a new one, removed at the end. */
  folder?: string;
  sample?: boolean;
  /** Whether a registry may be begun where there is none; it may when left out. */
  create?: boolean;
  sqlLogger?: SqlLogger;
  pingMs?: number;
  /** How patient it is with an OpenID provider. */
  providerTiming?: Partial<ProviderTiming>;
  /** Hears what the operator is told; nobody when left out. */
  logger?: Logger;
  limits?: Partial<Limits>;
  pollMs?: number;
  readinessTiming?: Partial<ReadinessTiming>;
  /** Further environment variables. */
  env?: Record<string, string>;
}

/** A folder that only this test uses. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'canbo-test-'));
}

export function configFor(folder: string, env: Record<string, string> = {}): Config {
  return readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    JWT_SECRET: SECRET,
    DATABASE_URL: databaseUrl(folder),
    ...env,
  });
}

/** Where the roles of `tokenFor` reach: places that no test has. */
const NOWHERE = {
  unitId: newId('unit'),
  universityId: newId('university'),
  officialId: newId('official'),
};

/** A bearer token as `npm run token` prints it. */
export function tokenFor(
  role: Role,
  subject = `test-${role.toLowerCase()}`,
  lifetime = '1h',
): Promise<string> {
  return tokenOf({ role, ...NOWHERE, subject, lifetime });
}

/** A token of a subject, with the role and reach it claims, if any. */
export function tokenOf(claims: Partial<TokenClaims> & { subject: string }): Promise<string> {
  return signToken(new TextEncoder().encode(SECRET), { lifetime: '1h', ...claims });
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = options.folder ?? newFolder();
  const config = configFor(folder, options.env);
  if (!options.env?.DATABASE_URL) await makeDatabase(folder);
  const running = await startServer({
    config,
    logger: options.logger ?? pino({ level: 'silent' }),
    sample: options.sample ?? false,
    create: options.create,
    sqlLogger: options.sqlLogger,
    pingMs: options.pingMs,
    providerTiming: options.providerTiming,
    // The test runs on the same thread: what it takes would be charged to the callers it plays.
    limits: { costPerMs: 0, ...options.limits },
    pollMs: options.pollMs,
    readinessTiming: options.readinessTiming,
  });
  return {
    url: running.url,
    folder,
    running,
    ask: (query, variables, how) => ask(running.url, query, variables, how),
    stop: async () => {
      await running.stop();
      if (options.folder) return;
      await dropDatabase(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of the thousands of requests of a run, fetch itself would take a tenth of the time. */
const KEEPING_ALIVE = new Agent({ keepAlive: true });

/** Sends one operation over HTTP to any Canbo. */
export async function ask<T = Record<string, any>>(
  url: string,
  query: string,
  variables: object = {},
  { as = Role.ADMINISTRATOR, token, after, language = 'en' }: AskOptions = {},
): Promise<Answer<T>> {
  const bearer = token ?? (as && (await tokenFor(as)));
  const headers = {
    'content-type': 'application/json',
    'accept-language': language,
    ...(after && { 'canbo-after': after }),
    ...(bearer && { authorization: `Bearer ${bearer}` }),
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asking = request(`${url}/graphql`, { method: 'POST', headers, agent: KEEPING_ALIVE }, resolve);
    asking.on('error', reject).end(JSON.stringify({ query, variables }));
  });
  const answer = JSON.parse(await text(response)) as Omit<Answer<T>, 'status'>;
  return { status: response.statusCode!, ...answer };
}
