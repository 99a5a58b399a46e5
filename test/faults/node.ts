// Server processes of the fault suite: starts, freezes and kills the real dist/src/main.js, in processes of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { projectRoot } from '../../src/config/project-root';
import { inTime } from './progress';

export const SECRET = 'a secret of more than thirty-two characters';
const MAIN = join(projectRoot, 'dist', 'src', 'main.js');
const START_MS = 60_000;
const STOP_MS = 40_000;
const ESTABLISHED = '01';

/** Resources of a process: its heap after garbage collection, and the rest as the system reports it. */
export interface Holdings {
  /** Live objects and their buffers; resident memory would also count what the allocator keeps for later. */
  heapMb: number;
  /** Open files and sockets. */
  descriptors: number;
  threads: number;
  /** Connections of clients. */
  clients: number;
}

export class Node {
  port = 0;
  /** The number of starts. */
  starts = 0;
  /** The number of subscribers closed for being too slow. */
  closedSlow = 0;
  private child: ChildProcess | null = null;
  private inspector = '';
  private exited: Promise<unknown> = Promise.resolve();

  constructor(
    readonly name: string,
    /** The folder for its log. */
    private readonly folder: string,
    private readonly onListening: (node: Node) => void,
    /** Called with each line of its log. */
    private readonly onLine: (line: string) => void = () => undefined,
  ) {}

  /** The process id since the last start; null before the first. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts it and waits until it listens, at most `ms` milliseconds. */
  async start(env: Record<string, string>, ms = START_MS): Promise<void> {
    const args = this.starts === 0 ? ['--create'] : []; // later, an empty database would be an error
    const flags = ['--inspect=127.0.0.1:0', '--enable-source-maps'];
    const child = spawn(process.execPath, [...flags, MAIN, ...args], {
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
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.inspector = /^Debugger listening on (ws:\S+)/.exec(line)?.[1] ?? this.inspector;
    });
    const listening = new Promise<number>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.write(`${line}\n`);
        this.onLine(line);
        if (line.includes('subscriber too slow, closing connection')) this.closedSlow += 1;
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

  /** Sends a signal and waits for the end; kills the process if it does not end in time. */
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

  /** Kills it unconditionally, at the end of the suite. */
  destroy(): void {
    this.child?.kill('SIGKILL');
  }

  async holdings(): Promise<Holdings> {
    const proc = `/proc/${this.child!.pid}`;
    const status = readFileSync(`${proc}/status`, 'utf8');
    const figure = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    return {
      heapMb: Math.round((await heapAfterCollection(this.inspector)) / 1e6),
      threads: figure('Threads'),
      descriptors: readdirSync(`${proc}/fd`).length,
      clients: this.clients,
    };
  }

  /** Connections of clients. */
  get clients(): number {
    return this.connections().length;
  }

  /** Whether it still has the connection from a local port. */
  holds(port: number): boolean {
    return this.connections().includes(addressOf(port));
  }

  /** The remote addresses of its client connections. */
  private connections(): string[] {
    return readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local === addressOf(this.port) && state === ESTABLISHED)
      .map(([, , remote]) => remote!);
  }
}

interface HeapUsage {
  usedSize: number;
  /** Buffers; older versions of Node do not report them. */
  backingStorageSize?: number;
}

/** Bytes in use after a full garbage collection, over the inspector protocol. */
async function heapAfterCollection(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector);
  let calls = 0;
  const call = async (method: string): Promise<HeapUsage> => {
    const id = (calls += 1);
    socket.send(JSON.stringify({ id, method }));
    for (;;) {
      const [message] = (await once(socket, 'message')) as [Buffer];
      const answer = JSON.parse(message.toString()) as { id?: number; result: HeapUsage };
      if (answer.id === id) return answer.result;
    }
  };
  try {
    await inTime(once(socket, 'open'), START_MS, 'the inspector');
    await call('HeapProfiler.collectGarbage'); // twice: the first one runs finalizers that free more
    await call('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize = 0 } = await call('Runtime.getHeapUsage');
    return usedSize + backingStorageSize;
  } finally {
    socket.terminate();
  }
}

/** A local address as /proc/net writes it. */
function addressOf(port: number): string {
  return `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}
