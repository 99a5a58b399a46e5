// In which order do counts run? One at a time, and callers by turns; whoever waits for the same shares the answer.
import { createHash } from 'node:crypto';
import type { Count, Load, Row } from './database';
import type { Statement } from './sql';

interface Asked {
  statements: Statement[];
  after: number;
  /** The same for all that ask for the same. */
  key: string;
  answer: (rows: Promise<Row[][]>) => void;
}

export class Analyses {
  /** What each caller waits for. The one whose turn is next comes first. */
  private readonly waiting = new Map<string, Set<Asked>>();
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
    const asked = { statements, after, key, answer };
    const own = this.waiting.get(caller);
    if (own) own.add(asked);
    else this.waiting.set(caller, new Set([asked]));
    this.serving ??= this.serve();
    return { rows, leave: () => this.remove(caller, asked) };
  }

  load(): Load {
    const waiting = [...this.waiting.values()].reduce((total, { size }) => total + size, 0);
    return { pool: 'counts', size: 1, inUse: this.serving ? 1 : 0, waiting };
  }

  /** Lets the count that runs end, and no other begin. */
  async stop(): Promise<void> {
    this.waiting.clear();
    await this.serving;
  }

  private async serve(): Promise<void> {
    await Promise.resolve(); // those that ask for the same in this moment share it
    for (let turn = this.next(); turn; turn = this.next()) {
      const rows = this.run(turn.statements, turn.after);
      // From here on it may miss what is written next: whoever asks for the same later waits for another one.
      for (const [caller, all] of this.waiting) {
        for (const asked of all) {
          if (asked.key !== turn.key) continue;
          this.remove(caller, asked);
          asked.answer(rows);
        }
      }
      await rows.catch(() => undefined);
    }
    this.serving = null;
  }

  /** What the caller whose turn it is has waited for longest; the next turn is another caller's. */
  private next(): Asked | undefined {
    const [turn] = this.waiting;
    if (!turn) return undefined;
    const [caller, own] = turn;
    this.waiting.delete(caller);
    this.waiting.set(caller, own);
    const [asked] = own;
    return asked;
  }

  private remove(caller: string, asked: Asked): void {
    const own = this.waiting.get(caller);
    own?.delete(asked);
    if (own?.size === 0) this.waiting.delete(caller);
  }
}
