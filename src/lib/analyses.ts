// In which order do counts run? One after the other, and those that ask for the same share one answer.
import type { Load, Row, Statement } from './database';

export class Analyses {
  private last: Promise<unknown> = Promise.resolve();
  private readonly waiting = new Map<string, Promise<Row[][]>>();
  private running = 0;

  constructor(private readonly run: (statements: Statement[], after: number) => Promise<Row[][]>) {}

  /**
   * Whoever asks for the same while it still waits for its turn shares the answer: a hundred dashboards that follow
   * the same figures cost one count.
   */
  ask(statements: Statement[], after: number): Promise<Row[][]> {
    const key = JSON.stringify([statements, after]);
    const waiting = this.waiting.get(key);
    if (waiting) return waiting;
    const turn = this.last.then(() => {
      this.waiting.delete(key); // from here on it may miss what is written next
      this.running = 1;
      return this.run(statements, after).finally(() => (this.running = 0));
    });
    this.waiting.set(key, turn);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  load(): Load {
    return { pool: 'counts', size: 1, inUse: this.running, waiting: this.waiting.size };
  }
}
