// The server under attack: a process of its own in production mode, with its log, CPU time and memory seen from outside.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { Node } from '../faults/node';
import { type Alarm, alarmOf } from './verdict';

/** What the kernel counts CPU time in. */
const TICK_MS = 10;
const ESTABLISHED = '01';

export class Target {
  readonly secret = randomBytes(48).toString('base64');
  /** What its log says at the level of errors and above. */
  readonly alarms: Alarm[] = [];
  port = 0;
  /** How many connections it has ended because nobody read. */
  unread = 0;
  /** The most memory that a process had before it was ended and replaced. */
  private formerPeakMb = 0;
  private readonly node: Node;

  constructor(
    folder: string,
    private readonly environment: Record<string, string>,
  ) {
    const hear = (line: string): void => {
      if (/"(send buffer full, closing socket|subscriber too slow, closing connection)/.test(line))
        this.unread += 1;
      const alarm = alarmOf(line);
      if (alarm) this.alarms.push(alarm);
    };
    this.node = new Node('server', folder, () => undefined, hear);
  }

  get isSqlite(): boolean {
    return this.environment.DATABASE_URL!.startsWith('sqlite:');
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.node.pid!;
  }

  get running(): boolean {
    return this.node.running;
  }

  /** Starts it with the limits it has by default, always on the same port. */
  async start(): Promise<void> {
    this.port ||= await freePort();
    await this.node.start({
      ...this.environment,
      ...{ JWT_SECRET: this.secret, RATE_LIMIT: '', PORT: String(this.port) },
    });
  }

  /** After an attack that it did not survive in good health. */
  async replace(): Promise<void> {
    this.formerPeakMb = this.peakMb();
    await this.node.end('SIGKILL');
    await this.start();
  }

  async stop(): Promise<void> {
    this.formerPeakMb = this.peakMb();
    await this.node.end(this.running ? 'SIGTERM' : 'SIGKILL').catch(() => undefined);
  }

  destroy(): void {
    this.node.destroy();
  }

  /** The most memory that it ever held. */
  peakMb(): number {
    return Math.max(this.formerPeakMb, memoryOf(this.pid, 'VmHWM') ?? 0);
  }

  /** How many connections it holds that come from an address. */
  connectionsFrom(address: string): number {
    const own = `:${this.port.toString(16).padStart(4, '0').toUpperCase()}`;
    return readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, local, remote, state]) =>
          state === ESTABLISHED && local!.endsWith(own) && remote!.startsWith(asKernel(address)),
      ).length;
  }

  /** What lives on its heap, after a collection that holds up everybody. */
  async heapMb(): Promise<number> {
    return (await this.node.holdings()).heapMb;
  }

  /** CPU time of all its threads so far. */
  cpuMs(): number {
    return cpuIn(`/proc/${this.pid}/stat`);
  }

  /** CPU time of the thread that everybody waits for. */
  mainThreadMs(): number {
    return cpuIn(`/proc/${this.pid}/task/${this.pid}/stat`);
  }
}

/** CPU time in a file of the kernel; 0 when the process is gone. */
function cpuIn(path: string): number {
  try {
    const stat = readFileSync(path, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

/** An address of this machine as the kernel writes it. */
const asKernel = (address: string): string =>
  address
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0').toUpperCase())
    .join('');

/** Memory of a process in MB, or null when it is gone. */
export function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number | null {
  try {
    const kb = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? null : Number(kb) / 1024;
  } catch {
    return null;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
