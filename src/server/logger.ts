// The logger: JSON lines in production, readable ones on a terminal, nothing in tests.
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/config';

/** Of an error only its type, message and stack: a database error also carries the values of its statement. */
const err = (error: unknown) =>
  error instanceof Error
    ? { type: error.name, message: error.message, stack: error.stack }
    : { type: typeof error, message: String(error) };

export function makeLogger({ environment, production }: Pick<Config, 'environment' | 'production'>): Logger {
  const options = {
    level: environment === 'test' ? 'silent' : 'info',
    base: undefined,
    serializers: { err },
  };
  if (production) return pino(options);
  return pino(options, pretty({ colorize: process.stdout.isTTY, translateTime: 'SYS:HH:MM:ss', sync: true }));
}
