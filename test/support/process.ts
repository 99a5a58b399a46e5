// Canbo in a process of its own, as in production, for tests that kill it.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { databaseUrl, makeDatabase } from './database';
import { ask, SECRET, type TestServer } from './server';

const MAIN = join(__dirname, '../../src/main.js');

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Everything of a test server but the inside, which is in another process. */
export interface ServerProcess extends TestServer {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** The lines of its log so far, which are JSON in production. */
  log: string[];
  exited: Promise<Exit>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

/** It ended before it listened. */
export class NotStarted extends Error {
  constructor(
    readonly exit: Exit,
    readonly stderr: string,
  ) {
    super(`Canbo did not start (${JSON.stringify(exit)}): ${stderr}`);
  }
}

/**
 * Starts `node dist/src/main.js` on the database of this folder and waits until it says where it listens.
 * @param args of the command; with the one that lets a new database be made, when left out.
 * @throws NotStarted
 */
export async function startProcess(
  folder: string,
  env: Record<string, string> = {},
  args = ['--create'],
): Promise<ServerProcess> {
  await makeDatabase(folder);
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      PORT: '0',
      HOST: '127.0.0.1',
      JWT_SECRET: SECRET,
      DATABASE_URL: databaseUrl(folder),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const exited = new Promise<Exit>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const where = /listens on (http:\/\/[^/"]+)/.exec(line)?.[1];
      if (where) resolve(where);
    });
    void exited.then((exit) => reject(new NotStarted(exit, stderr)));
  });
  const end = (signal: NodeJS.Signals): Promise<Exit> => {
    child.kill(signal);
    return exited;
  };
  return {
    child,
    log,
    exited,
    end,
    url,
    folder,
    get running(): never {
      throw new Error('This server runs in another process.');
    },
    ask: (query, variables, how) => ask(url, query, variables, how),
    stop: async () => {
      await end('SIGTERM');
    },
  };
}
