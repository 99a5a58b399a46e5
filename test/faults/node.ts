// How is a server process started, frozen and killed? The real dist/src/main.js, with nothing of it in this process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../src/config/config';
import { inTime } from './progress';

export const SECRET = 'a secret of more than thirty-two characters';
const MAIN = join(projectRoot, 'dist', 'src', 'main.js');
const START_MS = 60_000;
const STOP_MS = 40_000;
const ESTABLISHED = '01';

/** What a process holds, as the system sees it. */
export interface Holdings {
  rssMb: number;
  /** Open files and sockets. */
  descriptors: number;
  threads: number;
  /** Connections of clients. */
  clients: number;
}

export class Node {
  port = 0;
  /** How often it was started. */
  starts = 0;
  /** How many subscribers it has closed for being too slow. */
  closedSlow = 0;
  private child: ChildProcess | null = null;
  private exited: Promise<unknown> = Promise.resolve();

  constructor(
    readonly name: string,
    /** Where its log goes. */
    private readonly folder: string,
    private readonly onListening: (node: Node) => void,
    /** Hears each line of its log. */
    private readonly onLine: (line: string) => void = () => undefined,
  ) {}

  /** Its process, until the next start; null before the first. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts it and waits until it listens; `ms` is how long that may take. */
  async start(env: Record<string, string>, ms = START_MS): Promise<void> {
    const args = this.starts === 0 ? ['--create'] : []; // later, an empty database would be a lost one
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN, ...args], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        PORT: '0',
        HOST: '127.0.0.1',
        JWT_SECRET: SECRET,
        RATE_LIMIT: '1000000000',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.starts += 1;
    this.exited = once(child, 'close');
    const log = createWriteStream(join(this.folder, `${this.name}.log`), { flags: 'a' });
    child.stderr.pipe(log, { end: false });
    const listening = new Promise<number>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.write(`${line}\n`);
        this.onLine(line);
        if (line.includes('a subscriber was too slow')) this.closedSlow += 1;
        const port = /listens on http:\/\/[^/"]+:(\d+)/.exec(line)?.[1];
        if (port) resolve(Number(port));
      });
      void this.exited.then((how) => {
        log.end();
        reject(new Error(`${this.name} ended before it listened: ${JSON.stringify(how)}`));
      });
    });
    this.port = await inTime(listening, ms, `${this.name} to listen`);
    this.onListening(this);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Sends a signal that ends it, and waits for the end; one that does not heed it in time is killed. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.child) return;
    this.signal(signal);
    try {
      await inTime(this.exited, STOP_MS, `${this.name} to end on ${signal}`);
    } finally {
      this.child.kill('SIGKILL');
      this.child = null;
    }
  }

  /** For the very end: whatever it does, it is gone. */
  destroy(): void {
    this.child?.kill('SIGKILL');
  }

  holdings(): Holdings {
    const proc = `/proc/${this.child!.pid}`;
    const status = readFileSync(`${proc}/status`, 'utf8');
    const figure = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    return {
      rssMb: Math.round(figure('VmRSS') / 1024),
      threads: figure('Threads'),
      descriptors: readdirSync(`${proc}/fd`).length,
      clients: this.connections().length,
    };
  }

  /** Whether it still holds the connection that comes from a port of this machine. */
  holds(port: number): boolean {
    return this.connections().includes(addressOf(port));
  }

  /** Where the clients are that it is connected with. */
  private connections(): string[] {
    return readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local === addressOf(this.port) && state === ESTABLISHED)
      .map(([, , remote]) => remote!);
  }
}

/** A port of this machine, as the system writes it. */
function addressOf(port: number): string {
  return `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}
