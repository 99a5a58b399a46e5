// Settings: reads and checks the environment variables, here and nowhere else. docs/settings.md lists them.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LIMITS } from './limits';
import { ConfigError } from './config-error';
import { SHORTEST_SECRET, readSecret, weaknessOf } from './secrets';
import { type DatabaseLocation, databaseLocation, dataFolder } from './database-location';

export type Environment = 'development' | 'test' | 'production';

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

const ENVIRONMENTS: readonly Environment[] = ['development', 'test', 'production'];

/** Two years: our choice, not taken from a law. */
const DEFAULT_AUDIT_DAYS = 730;

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
  return { registered: path ? documentsIn(resolve(path)) : new Map(), only, automatic };
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
