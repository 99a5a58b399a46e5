// Start and stop of the server: database, feed, HTTP application, retention; and the order in which they are closed.
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Logger as SqlLogger } from 'typeorm';
import { AccessLog, type Read } from '../access/access-log';
import type { ProviderTiming } from '../access/oidc';
import { Role } from '../access/policy';
import type { Config } from '../config/config';
import { type Limits, LIMITS } from '../config/limits';
import { dataSourceOptions } from '../data-source';
import { CannotStart, type Database } from '../database/database';
import { openDatabase } from '../database/open';
import { Feed } from '../events/feed';
import type { Services } from '../operation/context';
import { Ledger } from '../operation/ledger';
import { fillIfEmpty, holdsSample } from '../sample/fill';
import { makeApp } from './http';
import { Metrics } from './metrics';
import { Readiness, type ReadinessTiming } from './readiness';
import { Retention } from './retention';

const PURGE_EVERY_MS = 3_600_000;

export interface RunningServer {
  /** http://host:port */
  url: string;
  services: Services;
  /**
   * Reports that it is not ready for as long as DRAIN_SECONDS, then stops accepting, lets running operations end, closes
   * sockets with 1001, closes the database. Called again, it waits no longer for the load balancer.
   */
  stop(): Promise<void>;
}

export interface ServerOptions {
  config: Config;
  logger: Logger;
  /** Whether an empty database is filled with the sample city. */
  sample: boolean;
  /** Whether a registry may be begun where there is none; it may unless this is false. */
  create?: boolean;
  /** How often connections are pinged, with their cursor. */
  pingMs?: number;
  /** How patient to be with an OpenID provider. */
  providerTiming?: Partial<ProviderTiming>;
  /** How soon it calls itself not ready. */
  readinessTiming?: Partial<ReadinessTiming>;
  /** Other limits than those of limits.ts. */
  limits?: Partial<Limits>;
  /** How often the feed looks for events whose wake-up was lost. */
  pollMs?: number;
  /** Hears each SQL statement. */
  sqlLogger?: SqlLogger;
}

/**
 * Opens the database and starts to listen.
 * @throws CannotStart when the database cannot be opened or the port is taken: a message for the operator.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, logger } = options;
  const limits = { ...LIMITS, ...options.limits };
  const database = await open(options);
  const feed = new Feed(
    database,
    (error) => logger.error({ err: error }, 'event feed read failed'),
    limits.waitingEvents,
    options.pollMs,
  );
  try {
    if (options.sample) await fillIfEmpty(database, logger);
    await feed.start();
    const services = await servicesOf(options, limits, database, feed);
    const readiness = new Readiness(services, logger, options.readinessTiming);
    const metrics = new Metrics(services);
    const app = await makeApp({ ...options, limits }, services, readiness, metrics);
    const retention = new Retention(services, config, logger);
    await retention.run();
    const url = await listen(app, config);
    const purging = setInterval(() => void retention.run(), PURGE_EVERY_MS);
    const lost = (read: Read) => logger.fatal({ read }, 'personal data read not recorded');
    const stop = async (drained: Promise<unknown>): Promise<void> => {
      readiness.stop();
      await drained;
      clearInterval(purging);
      // Whatever fails, the next step is done: a database that stays open may hold up the next start.
      await inTurn(
        () => app.close(),
        () => metrics.stop(),
        () => feed.stop(),
        () => services.accessLog.stop(lost),
        () => database.close(),
      );
    };
    return { url, services, stop: stopping(stop, config.drainSeconds) };
  } catch (error) {
    await feed.stop();
    await database.close();
    throw error;
  }
}

function open({ config, sqlLogger, create = true }: ServerOptions): Promise<Database> {
  const { database } = config;
  return openDatabase(
    {
      ...dataSourceOptions(database),
      ...(sqlLogger && { logger: sqlLogger, logging: ['query'] }),
    },
    database.engine === 'postgres' ? database.replicaUrls : [],
    create,
  );
}

async function servicesOf(
  { config, logger }: ServerOptions,
  limits: Limits,
  database: Database,
  feed: Feed,
): Promise<Services> {
  return {
    database,
    feed,
    accessLog: new AccessLog(
      database,
      (error) => logger.error({ err: error }, 'recording of personal data reads failed'),
      limits.waitingPersons,
    ),
    anonymous: config.anonymous === 'viewer' ? Role.VIEWER : null,
    sampleData: await holdsSample(database),
    answerBounds: { answer: config.maxAnswerBytes, event: limits.eventBytes },
    ledger: new Ledger(limits),
    windows: limits.windows,
  };
}

/**
 * The way to stop once, however often it is asked.
 * @param stop is given a promise that resolves once load balancers have had time to notice, or at the second call.
 */
function stopping(
  stop: (drained: Promise<unknown>) => Promise<void>,
  drainSeconds: number,
): () => Promise<void> {
  const hurry = new AbortController();
  let stopped: Promise<void> | null = null;
  return () => {
    if (stopped) hurry.abort();
    const { signal } = hurry;
    return (stopped ??= stop(pause(drainSeconds * 1000, null, { signal }).catch(() => undefined)));
  };
}

/** Does one step after the other, also after one that failed. @throws the first failure, at the end. */
async function inTurn(...steps: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function listen(app: FastifyInstance, config: Config): Promise<string> {
  try {
    await app.listen({ port: config.port, host: config.host });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    await app.close();
    if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') {
      throw new CannotStart(`HOST: ${config.host} is no address of this machine (${code}).`);
    }
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why = code === 'EACCES' ? 'may not be opened by this user' : 'is in use by another program';
    throw new CannotStart(`PORT: ${config.port} ${why}. Set PORT to another one, or stop that program.`);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  return `http://${config.host === '0.0.0.0' ? 'localhost' : config.host}:${port}`;
}
