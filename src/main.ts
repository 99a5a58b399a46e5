// Entry point: starts the server, and stops it on SIGTERM and SIGINT.
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { readConfig } from './config/config';
import { ConfigError } from './config/config-error';
import { CannotStart } from './database/database';
import { makeLogger } from './server/logger';
import { startServer } from './server/server';

/** Limits heap growth: in a burst V8 would let the heap grow to several times the live data, and keep the memory. */
setFlagsFromString('--heap-growing-percent=50');

/** Whether --create is given, which allows an empty database. @throws CannotStart for any other argument. */
function asksToCreate(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { create: { type: 'boolean', default: false } } }).values.create;
  } catch (error) {
    throw new CannotStart(`${(error as Error).message}\nUsage: npm start [-- --create]`);
  }
}

async function main(): Promise<void> {
  const mayCreate = asksToCreate(process.argv.slice(2));
  const config = readConfig();
  const logger = makeLogger(config);
  const server = await startServer({
    config,
    logger,
    sample: !config.production,
    // In production an empty database is more likely a lost or a wrong one.
    create: mayCreate || !config.production,
  });
  logger.info(`Canbo listens on ${server.url}/graphql`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // A second signal does not kill; it only ends the drain time for the load balancer.
    process.on(signal, () => {
      logger.info(`${signal}: stopping`);
      server.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.fatal({ err: error }, 'stopping failed');
          process.exit(1);
        },
      );
    });
  }
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof CannotStart;
  console.error(expected ? `Canbo cannot start. ${error.message}` : error);
  process.exit(1);
});
