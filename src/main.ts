#!/usr/bin/env node
// The program canbo: runs one of its commands, or the server when none is named.
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refused, WrongArguments } from './commands/refused';
import { ConfigError } from './config/config-error';
import { projectRoot } from './config/project-root';
import { CannotStart } from './database/database';

process.setSourceMapsEnabled(true);

interface Command {
  USAGE: string;
  run: (args: string[]) => Promise<void>;
}

/** Each is loaded only when it is asked for: the server takes a second to load. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  start: () => import('./commands/start.js'),
  token: () => import('./commands/token.js'),
  backup: () => import('./commands/backup.js'),
  simulate: () => import('./commands/simulate.js'),
};

const HELP = `Usage: canbo [command] [options]
  start     serves the API; the command when none is named
  token     prints a bearer token for a role
  backup    copies the SQLite database while the server runs
  simulate  plays a day of changes against a running server
canbo <command> --help tells its options, canbo --version the version.`;

const print = (text: string) => process.stdout.write(`${text}\n`);

async function main([first, ...rest]: string[]): Promise<void> {
  if (first === '--help' || first === '-h' || first === 'help') return void print(HELP);
  if (first === '--version' || first === '-v') return void print(version());
  const isOption = first === undefined || first.startsWith('-');
  const name = isOption ? 'start' : first;
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) return fail(`canbo has no command "${name}".\n${HELP}`);
  const { USAGE, run } = await load();
  const args = isOption ? [first ?? [], rest].flat() : rest;
  if (args.includes('--help') || args.includes('-h')) return void print(USAGE);
  await run(args).catch((error: unknown) => {
    const about = name === 'start' ? 'Canbo cannot start. ' : '';
    if (isOfArguments(error)) fail(`${about}${error.message}\n${USAGE}`);
    else if (EXPECTED.some((each) => error instanceof each)) fail(about + (error as Error).message);
    else fail(error);
  });
}

/** Errors whose message says all. */
const EXPECTED = [ConfigError, CannotStart, Refused];

function isOfArguments(error: unknown): error is Error {
  const { code } = error as { code?: string };
  return error instanceof WrongArguments || /^ERR_PARSE_ARGS/.test(code ?? '');
}

function fail(why: unknown): void {
  console.error(why);
  process.exit(1);
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

void main(process.argv.slice(2));
