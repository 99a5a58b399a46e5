// canbo [start] [--create]: starts the server, and stops it on SIGTERM and SIGINT.
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { readConfig } from '../config/config';
import { makeLogger } from '../server/logger';
import { startServer } from '../server/server';

/** What --help prints. */
export const USAGE = `Usage: canbo start [--create]
Serves the API and the playground; outside production an empty database is filled with a sample.
--create  in production, begins an empty registry where the database holds none
Settings are environment variables: docs/settings.md.`;

/** Limits heap growth: in a burst V8 would let the heap grow to several times the live data, and keep the memory. */
setFlagsFromString('--heap-growing-percent=50');

/** Starts the server; it runs until a signal. @throws CannotStart or ConfigError, with what to do. */
export async function run(args: string[]): Promise<void> {
  const { create } = parseArgs({ args, options: { create: { type: 'boolean', default: false } } }).values;
  const config = readConfig();
  const logger = makeLogger(config);
  const server = await startServer({
    config,
    logger,
    sample: !config.production,
    // In production an empty database is more likely a lost or a wrong one.
    create: create || !config.production,
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
