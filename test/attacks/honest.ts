// Starts the honest callers of the attack suite and asks them what they saw.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Account, Command, HonestData } from './honest.worker';
import type { Seen } from './verdict';

export class Honest {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { resolve: (result: any) => void; reject: (e: Error) => void }
  >();
  private asked = 0;

  constructor(data: HonestData) {
    this.worker = new Worker(join(__dirname, 'honest.worker.js'), { workerData: data });
    this.worker.on('message', ({ id, result, error }: { id: number; result: unknown; error?: string }) => {
      const { resolve, reject } = this.waiting.get(id)!;
      this.waiting.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    });
    this.worker.on('error', (error) => {
      for (const { reject } of this.waiting.values()) reject(error);
    });
  }

  /** Makes the unit that its changes are about, and begins. */
  begin(pid: number): Promise<void> {
    return this.tell({ do: 'begin', pid });
  }

  /** Asks nothing from now on, once everything is answered; what was seen so far is kept. */
  rest(): Promise<void> {
    return this.tell({ do: 'rest' });
  }

  goOn(): Promise<void> {
    return this.tell({ do: 'go on' });
  }

  /** Asks nothing while the server is being replaced; followers and the writer come back by themselves. */
  pause(): Promise<void> {
    return this.tell({ do: 'pause' });
  }

  resume(pid: number): Promise<void> {
    return this.tell({ do: 'resume', pid });
  }

  /** What they saw since the last look, and whether the server was ended because it held too much memory. */
  look(): Promise<Seen & { overgrown: boolean }> {
    return this.tell({ do: 'look' });
  }

  /** What they did and received in all, when the followers have caught up. */
  finish(): Promise<Account> {
    return this.tell({ do: 'finish' });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private tell<T>(command: Command): Promise<T> {
    const id = ++this.asked;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, command });
    });
  }
}
