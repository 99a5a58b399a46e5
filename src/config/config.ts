// Settings: reads and checks the environment variables, here and nowhere else. docs/settings.md lists them.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { LIMITS } from './limits';

/** A setting is missing or wrong; the message begins with the variable's name. */
export class ConfigError extends Error {
  constructor(variable: string, problem: string) {
    super(`${variable}: ${problem}`);
  }
}

export type Environment = 'development' | 'test' | 'production';

export type DatabaseLocation =
  { engine: 'better-sqlite3'; path: string } | { engine: 'postgres'; url: string; replicaUrls: string[] };

export interface Config {
  environment: Environment;
  production: boolean;
  /** TCP port; 0 takes any free one. */
  port: number;
  /** Only localhost outside production, because there the playground gives everybody an administrator's token. */
  host: string;
  database: DatabaseLocation;
  /** The role of a caller without a token. */
  anonymous: 'viewer' | 'none';
  /** Signs and checks our own tokens; null in production when only the provider's tokens are accepted. */
  jwtSecret: Uint8Array | null;
  oidc: OidcConfig | null;
  /** Days for which an event can be replayed. */
  eventRetentionDays: number;
  /** Days for which the audit trail and the access log are kept; not fewer than eventRetentionDays. */
  auditRetentionDays: number;
  /** Whether the playground is served and introspection is allowed. */
  playground: boolean;
  /** Whether the schema reference is served: unless the operator hides the schema by switching the playground off. */
  reference: boolean;
  /** Other origins whose pages may use the API (CORS). */
  corsOrigins: readonly string[];
  /** Documents that are sent by their hash. */
  documents: {
    registered: ReadonlyMap<string, string>;
    /** Whether no other one is executed. */
    only: boolean;
    /** Whether clients may register some themselves. */
    automatic: boolean;
  };
  /** Cost that a caller may spend per minute. */
  rateLimit: number;
  /** Maximum size of one answer. */
  maxAnswerBytes: number;
  /** HTTP connections from one address, which is the proxy's where there is one. */
  connectionsPerAddress: number;
  /** Access to the metrics: with a token, open to everybody, or off. */
  metrics: { token: string } | 'open' | 'off';
  /** How long the process reports not ready before it stops. */
  drainSeconds: number;
}

/** The OpenID provider whose tokens are also accepted. */
export interface OidcConfig {
  /** The issuer, as the provider's tokens and its discovery document spell it. */
  issuer: string;
  audience: string;
  /** The claim with role and reach; null to ignore claims in the provider's tokens. */
  claim: string | null;
}

/**
 * The database engine, from DATABASE_URL. Column types differ between engines and are fixed while entities load, before
 * anything else runs, so this one setting is read at import.
 */
export const engine = engineOf(process.env.DATABASE_URL);

/** The folder with package.json, from source and from dist alike. */
export const projectRoot = findRoot(__dirname);

const ENVIRONMENTS: readonly Environment[] = ['development', 'test', 'production'];
/** Two years: our choice, not taken from a law. */
const DEFAULT_AUDIT_DAYS = 730;
const DEFAULT_DATABASE = 'sqlite:data/canbo.db';
const SHORTEST_SECRET = 32;
const FEWEST_CHARACTERS = 12;
/**
 * One process. A price of 1,000 stands for 25 ms of the main thread (`npm run bench:cost` shows 5 to 60), which is
 * LIMITS.costPerMs; so a minute is 2,400,000. Turns divide the process among callers; the budget stops a caller who
 * has used a whole minute of it.
 */
const DEFAULT_RATE_LIMIT = '2400000';
/** Twenty times the schema in full, or a hundred initiatives with all their texts. */
const DEFAULT_ANSWER_BYTES = '10000000';
/** Twice the introspection result of the playground. */
const LEAST_ANSWER_BYTES = 1_000_000;
/** Placeholder secrets from examples and tutorials. */
const WELL_KNOWN =
  /change.?me|your.{0,20}(secret|key)|super.?secret|pass.?word|qwerty|12345678|(secret|jwt).?key/i;

/**
 * Reads and checks every setting.
 * @throws ConfigError that names the wrong variable.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const environment = readEnvironment(env.NODE_ENV || 'development');
  const production = environment === 'production';
  const database = databaseLocation(env);
  const oidc = readOidc(env, production);
  const eventRetentionDays = readWhole('EVENT_RETENTION_DAYS', env.EVENT_RETENTION_DAYS || '30', 1, 36_500);
  const auditDays = env.AUDIT_RETENTION_DAYS || String(Math.max(DEFAULT_AUDIT_DAYS, eventRetentionDays));
  return {
    environment,
    production,
    port: readWhole('PORT', env.PORT || '4000', 0, 65_535),
    host: env.HOST || (production ? '0.0.0.0' : 'localhost'),
    database,
    anonymous: readAnonymous(env.ANONYMOUS || (production ? 'none' : 'viewer')),
    jwtSecret:
      oidc && production && !env.JWT_SECRET
        ? null
        : new TextEncoder().encode(readSecret(env.JWT_SECRET, production, dataFolder(database))),
    oidc,
    eventRetentionDays,
    auditRetentionDays: readWhole('AUDIT_RETENTION_DAYS', auditDays, eventRetentionDays, 36_500),
    playground: readSwitch('PLAYGROUND', env.PLAYGROUND || (production ? 'off' : 'on')),
    reference: env.PLAYGROUND !== 'off',
    corsOrigins: readOrigins(env.CORS_ORIGINS || ''),
    documents: readDocuments(env),
    rateLimit: readWhole('RATE_LIMIT', env.RATE_LIMIT || DEFAULT_RATE_LIMIT, LIMITS.cost, 1_000_000_000),
    maxAnswerBytes: readWhole(
      'MAX_ANSWER_BYTES',
      env.MAX_ANSWER_BYTES || DEFAULT_ANSWER_BYTES,
      LEAST_ANSWER_BYTES,
      LIMITS.answersOfCaller,
    ),
    connectionsPerAddress: readWhole(
      'CONNECTIONS_PER_ADDRESS',
      env.CONNECTIONS_PER_ADDRESS || '1000',
      1,
      1_000_000,
    ),
    metrics: readMetrics(env.METRICS_TOKEN, production),
    drainSeconds: readWhole('DRAIN_SECONDS', env.DRAIN_SECONDS || '0', 0, 600),
  };
}

/**
 * The secret for signing our own tokens.
 * @throws ConfigError when this server accepts only the provider's tokens.
 */
export function signingSecret({ jwtSecret }: Config): Uint8Array {
  if (jwtSecret) return jwtSecret;
  throw new ConfigError('JWT_SECRET', 'is not set, so only tokens of OIDC_ISSUER are good here.');
}

function readEnvironment(value: string): Environment {
  const found = ENVIRONMENTS.find((each) => each === value);
  if (!found) throw new ConfigError('NODE_ENV', `"${value}" is none of ${ENVIRONMENTS.join(', ')}.`);
  return found;
}

function readAnonymous(value: string): Config['anonymous'] {
  if (value === 'viewer' || value === 'none') return value;
  throw new ConfigError('ANONYMOUS', `"${value}" is neither viewer nor none.`);
}

function readWhole(variable: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new ConfigError(variable, `"${value}" is not a whole number from ${least} to ${most}.`);
  }
  return number;
}

function readOidc(env: NodeJS.ProcessEnv, production: boolean): OidcConfig | null {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_CLAIMS: claim } = env;
  if (!issuer) {
    const orphan = (audience && 'OIDC_AUDIENCE') || (claim && 'OIDC_CLAIMS');
    if (orphan) throw new ConfigError(orphan, 'needs OIDC_ISSUER as well.');
    return null;
  }
  const url = URL.canParse(issuer) && !/\s/.test(issuer) ? new URL(issuer) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new ConfigError('OIDC_ISSUER', 'is no address of the form https://id.example/path.');
  }
  if (production && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ConfigError('OIDC_ISSUER', `"${issuer}" must begin with https in production.`);
  }
  if (!audience) throw new ConfigError('OIDC_AUDIENCE', 'is needed with OIDC_ISSUER.');
  if (/\s/.test(audience)) throw new ConfigError('OIDC_AUDIENCE', `"${audience}" has a space in it.`);
  if (claim && /\s/.test(claim)) throw new ConfigError('OIDC_CLAIMS', `"${claim}" is no name of a claim.`);
  return { issuer, audience, claim: claim || null };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function readSwitch(variable: string, value: string): boolean {
  if (value !== 'on' && value !== 'off') throw new ConfigError(variable, `"${value}" is neither on nor off.`);
  return value === 'on';
}

/** Never depends on the caller's address: behind a proxy on the same machine, every request comes from localhost. */
function readMetrics(token: string | undefined, production: boolean): Config['metrics'] {
  if (!token) return production ? 'off' : 'open';
  if (token.length < SHORTEST_SECRET) {
    throw new ConfigError(
      'METRICS_TOKEN',
      `has ${token.length} characters; at least ${SHORTEST_SECRET} are needed.`,
    );
  }
  const weakness = production ? weaknessOf(token) : null;
  if (weakness) throw new ConfigError('METRICS_TOKEN', `${weakness}, so it can be guessed.`);
  return { token };
}

/** The file has the form that code generators write: texts by their hash. */
function readDocuments(env: NodeJS.ProcessEnv): Config['documents'] {
  const { DOCUMENTS: path } = env;
  const only = readSwitch('DOCUMENTS_ONLY', env.DOCUMENTS_ONLY || 'off');
  const automatic = readSwitch('AUTOMATIC_PERSISTED_QUERIES', env.AUTOMATIC_PERSISTED_QUERIES || 'off');
  if (only && !path) throw new ConfigError('DOCUMENTS_ONLY', 'needs DOCUMENTS, the file of those to accept.');
  if (only && automatic) {
    throw new ConfigError(
      'AUTOMATIC_PERSISTED_QUERIES',
      'contradicts DOCUMENTS_ONLY: switch one of them off.',
    );
  }
  return { registered: path ? documentsIn(resolve(projectRoot, path)) : new Map(), only, automatic };
}

function documentsIn(path: string): Map<string, string> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>);
    if (entries.length > 0 && entries.every(([, text]) => typeof text === 'string')) return new Map(entries);
  } catch (error) {
    throw new ConfigError('DOCUMENTS', `${path} cannot be read as JSON (${(error as Error).message}).`);
  }
  throw new ConfigError('DOCUMENTS', `${path} is not of the form {"<hash>": "<text of the document>", …}.`);
}

function readOrigins(list: string): string[] {
  const origins = list.split(',').flatMap((each) => each.trim() || []);
  for (const origin of origins) {
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new ConfigError(
        'CORS_ORIGINS',
        `"${origin}" is not an origin like https://dashboard.example; several are separated by commas.`,
      );
    }
  }
  return origins;
}

function engineOf(url: string | undefined): DatabaseLocation['engine'] {
  return /^postgres(ql)?:/.test(url ?? '') ? 'postgres' : 'better-sqlite3';
}

/** The location of the database. @throws ConfigError when DATABASE_URL is of no supported kind. */
export function databaseLocation(env: NodeJS.ProcessEnv): DatabaseLocation {
  const url = env.DATABASE_URL || DEFAULT_DATABASE;
  const location = engineOf(url) === 'postgres' ? postgresAt(url, replicas(env)) : sqliteAt(url);
  if (!location) {
    const shown = url.replace(/\/\/.*@/, '//…@').replace(/\?.*/, ''); // a URL may carry a password
    throw new ConfigError(
      'DATABASE_URL',
      `"${shown}" is neither of the form sqlite:path/to/file.db nor postgres://user:password@host:5432/database.`,
    );
  }
  if (location.engine !== engine) throw new Error('The engine cannot change after the entities were loaded.');
  return location;
}

function sqliteAt(url: string): DatabaseLocation | null {
  const path = /^sqlite:(?!\/\/)(.+)$/.exec(url)?.[1];
  if (!path || path === ':memory:') return null;
  return { engine: 'better-sqlite3', path: isAbsolute(path) ? path : resolve(projectRoot, path) };
}

function postgresAt(url: string, replicaUrls: string[] = []): DatabaseLocation | null {
  if (engineOf(url) !== 'postgres' || !URL.canParse(url)) return null;
  const { hostname, pathname, searchParams } = new URL(url);
  const named = /^\/[^/]+$/.test(pathname) && (hostname !== '' || searchParams.has('host'));
  return named ? { engine: 'postgres', url, replicaUrls } : null;
}

function replicas(env: NodeJS.ProcessEnv): string[] {
  const urls = (env.DATABASE_REPLICA_URLS || '')
    .split(',')
    .map((url) => url.trim())
    .filter(Boolean);
  urls.forEach((url, i) => {
    if (postgresAt(url)) return;
    throw new ConfigError(
      'DATABASE_REPLICA_URLS',
      `the address at place ${i + 1} is not of the form postgres://user:password@host:5432/database.`,
    );
  });
  return urls;
}

/** The folder for a process's own files: beside the SQLite file, or where that would be by default. */
function dataFolder(location: DatabaseLocation): string {
  return location.engine === 'postgres' ? resolve(projectRoot, 'data') : dirname(location.path);
}

function readSecret(given: string | undefined, production: boolean, folder: string): string {
  if (given !== undefined && given !== '') {
    if (given.length < SHORTEST_SECRET) {
      throw new ConfigError(
        'JWT_SECRET',
        `has ${given.length} characters; at least ${SHORTEST_SECRET} are needed.`,
      );
    }
    const weakness = production ? weaknessOf(given) : null;
    if (weakness) {
      throw new ConfigError(
        'JWT_SECRET',
        `${weakness}, so it can be guessed. Make one with: openssl rand -base64 48`,
      );
    }
    return given;
  }
  if (production) {
    throw new ConfigError(
      'JWT_SECRET',
      'is needed in production, unless OIDC_ISSUER is set: at least 32 characters that nobody can guess.',
    );
  }
  const path = join(folder, 'jwt-secret');
  const kept = keptSecret(path);
  if (kept.length >= SHORTEST_SECRET) return kept;
  throw new ConfigError(
    'JWT_SECRET',
    `the one kept in ${path} is damaged. Remove the file to get a new one.`,
  );
}

/** Why a secret of sufficient length is still weak, or null. */
function weaknessOf(secret: string): string | null {
  if (/^(.+?)\1+$/s.test(secret)) return 'repeats itself';
  const characters = new Set(secret).size;
  if (characters < FEWEST_CHARACTERS) {
    return `has only ${characters} different characters; at least ${FEWEST_CHARACTERS} are needed`;
  }
  return WELL_KNOWN.test(secret) ? 'contains a well-known placeholder' : null;
}

/** A secret generated at the first start and stored in the data folder, so that tokens survive a restart. */
function keptSecret(path: string): string {
  try {
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && existsSync(path)) return readFileSync(path, 'utf8'); // another process was first
    throw new ConfigError(
      'JWT_SECRET',
      `is not set, and one cannot be kept in ${path} (${code}). Make the data folder writable or set it.`,
    );
  }
}

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}
