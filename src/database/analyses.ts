// In which order do counts run? One at a time, and callers by turns; whoever waits for the same shares the answer.
import { createHash } from 'node:crypto';
import type { Count, Load, Row } from './database';
import type { Statement } from '../lib/sql';
import { FairQueue } from './fair-queue';

interface Asked {
  statements: Statement[];
  after: number;
  /** The same for all that ask for the same. */
  key: string;
  answer: (rows: Promise<Row[][]>) => void;
  busyMs: number;
}

export class Analyses {
  private readonly waiting = new FairQueue<Asked>();
  private serving: Promise<void> | null = null;

  constructor(private readonly run: (statements: Statement[], after: number) => Promise<Row[][]>) {}

  /**
   * Whoever asks for the same while it still waits for its turn shares the answer: a hundred dashboards that follow
   * the same figures cost one count. However many counts one caller waits for, another waits for one of them at most.
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

  /** Lets the count that runs end, and no other begin. */
  async stop(): Promise<void> {
    this.waiting.clear();
    await this.serving;
  }

  private async serve(): Promise<void> {
    await Promise.resolve(); // those that ask for the same in this moment share it
    for (let turn = this.waiting.take(); turn; turn = this.waiting.take()) {
      const { key } = turn;
      const began = performance.now();
      const rows = this.run(turn.statements, turn.after);
      // From here on it may miss what is written next: whoever asks for the same later waits for another one.
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
