// Where do settings come from? The environment, read here and nowhere else.
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
  /** Only this machine outside production, because there the playground hands out a ready token. */
  host: string;
  database: DatabaseLocation;
  /** What a caller without a token is. */
  anonymous: 'viewer' | 'none';
  /** Signs and checks our own tokens; null in production when only those of the provider are taken. */
  jwtSecret: Uint8Array | null;
  oidc: OidcConfig | null;
  /** Days an event can be replayed. */
  eventRetentionDays: number;
  /** Days it is kept who changed what and who read whose data; no fewer. */
  auditRetentionDays: number;
  /** Whether the playground is served and the schema may be asked for. */
  playground: boolean;
  /** Other origins whose pages may use the API. */
  corsOrigins: readonly string[];
  /** Cost a caller may spend in a minute. */
  rateLimit: number;
  /** Bytes of one answer. */
  maxAnswerBytes: number;
  /** HTTP connections that may come from one address, which is a proxy's where there is one. */
  connectionsPerAddress: number;
  /** Who may collect metrics: whoever knows the token, everybody, or nobody. */
  metrics: { token: string } | 'open' | 'off';
  /** How long the process says that it is not ready before it stops. */
  drainSeconds: number;
}

/** The OpenID provider whose tokens are taken, too. */
export interface OidcConfig {
  /** As its tokens and its discovery document spell it. */
  issuer: string;
  audience: string;
  /** The claim that holds role and reach; null when the provider's tokens claim nothing here. */
  claim: string | null;
}

/**
 * Which database engine DATABASE_URL asks for. Column types differ between engines and are fixed while entities
 * load, before anything else runs; so this one setting is read at import.
 */
export const engine = engineOf(process.env.DATABASE_URL);

/** The folder that holds package.json, from source and from dist alike. */
export const projectRoot = findRoot(__dirname);

const ENVIRONMENTS: readonly Environment[] = ['development', 'test', 'production'];
/** Two years: our choice, which no law is the source of. */
const DEFAULT_AUDIT_DAYS = 730;
const DEFAULT_DATABASE = 'sqlite:data/canbo.db';
const SHORTEST_SECRET = 32;
const FEWEST_CHARACTERS = 12;
/**
 * What one process can do. A price of 1,000 stands for 25 ms of the main thread (`npm run bench:cost`: the usual is 5 to
 * 60), which is LIMITS.costPerMs; so a minute of it is 2,400,000. Turns divide the process among callers; the budget
 * says who has had a whole minute of it and must wait.
 */
const DEFAULT_RATE_LIMIT = '2400000';
/** Twice the schema in full, or a hundred initiatives with all their texts. */
const DEFAULT_ANSWER_BYTES = '10000000';
/** The schema, as the playground asks for it, is half a megabyte. */
const LEAST_ANSWER_BYTES = 1_000_000;
/** What examples and tutorials put in this place. */
const WELL_KNOWN =
  /change.?me|your.{0,20}(secret|key)|super.?secret|pass.?word|qwerty|12345678|(secret|jwt).?key/i;

/**
 * Reads and checks every setting.
 * @throws ConfigError naming the variable that is wrong.
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
    corsOrigins: readOrigins(env.CORS_ORIGINS || ''),
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
 * The secret to sign our own tokens with.
 * @throws ConfigError when this server takes only those of the provider.
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

/** Never by the caller's address: behind a proxy on the same machine, everybody comes from there. */
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

/** The database that DATABASE_URL names. @throws ConfigError when it is of no kind that Canbo knows. */
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

/** Where a process may keep what is its own: beside the SQLite file, or where that would be. */
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

/** Why a secret of good length is no good. */
function weaknessOf(secret: string): string | null {
  if (/^(.+?)\1+$/s.test(secret)) return 'repeats itself';
  const characters = new Set(secret).size;
  if (characters < FEWEST_CHARACTERS) {
    return `has only ${characters} different characters; at least ${FEWEST_CHARACTERS} are needed`;
  }
  return WELL_KNOWN.test(secret) ? 'contains a well-known placeholder' : null;
}

/** A secret made at the first start and kept in the data folder, so that tokens survive a restart. */
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
