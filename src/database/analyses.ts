// Queue of long counts: one runs at a time, callers take turns, and identical waiting requests share one result.
import { createHash } from 'node:crypto';
import type { Count, Load, Row } from './database';
import type { Statement } from '../lib/sql';
import { FairQueue } from './fair-queue';

interface Asked {
  statements: Statement[];
  after: number;
  /** The hash of the request; equal for identical requests. */
  key: string;
  answer: (rows: Promise<Row[][]>) => void;
  /** How long it ran, divided by those that shared it; 0 before it has ended. */
  busyMs: number;
}

/** A fair queue of counts in front of one connection or thread. */
export class Analyses {
  private readonly waiting = new FairQueue<Asked>();
  private serving: Promise<void> | null = null;

  constructor(private readonly run: (statements: Statement[], after: number) => Promise<Row[][]>) {}

  /**
   * Queues a count. Identical requests that still wait share one result: a hundred dashboards that follow the same
   * figures cost one count. However many counts one caller queues, another caller waits for at most one of them.
   */
  ask(statements: Statement[], after: number, caller: string): Count {
    const key = createHash('sha256')
      .update(JSON.stringify([statements, after]))
      .digest('base64');
    let answer!: Asked['answer'];
    const rows = new Promise<Row[][]>((resolve) => (answer = resolve));
    const asked = { statements, after, key, answer, busyMs: 0 };
    this.waiting.add(caller, asked);
    this.serving ??= this.serve();
    return { rows, busyMs: () => asked.busyMs, leave: () => this.waiting.remove(caller, asked) };
  }

  load(): Load {
    return { pool: 'counts', size: 1, inUse: this.serving ? 1 : 0, waiting: this.waiting.size };
  }

  /** Drops the queue and waits for the running count. */
  async stop(): Promise<void> {
    this.waiting.clear();
    await this.serving;
  }

  private async serve(): Promise<void> {
    await Promise.resolve(); // identical requests of the same tick share one result
    for (let turn = this.waiting.take(); turn; turn = this.waiting.take()) {
      const { key } = turn;
      const began = performance.now();
      const rows = this.run(turn.statements, turn.after);
      // A running count may miss later writes, so only the requests that wait now share it.
      const sharers = [turn, ...this.waiting.takeAll((asked) => asked.key === key)];
      const counted = rows.finally(() => {
        const each = (performance.now() - began) / sharers.length;
        for (const asked of sharers) asked.busyMs = each;
      });
      for (const asked of sharers) asked.answer(counted);
      await counted.catch(() => undefined);
    }
    this.serving = null;
  }
}
