// What was observed when everybody called everything, as the tables of docs/access.md: a line for each operation, a
// column for each caller. `npm run access-table` writes what a test otherwise compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root';
import type { Caller } from '../access/cast';

/** What a call came to, beside that of an administrator. */
export type Outcome = 'whole' | 'part' | 'nothing' | 'refused';
/** Whether what was called for is within the reach of those roles that have one. */
export type Where = 'within' | 'beyond';

const DOCUMENT = join(projectRoot, 'docs', 'access.md');

/** What an answer came to, by what it told of a place and what an administrator was told. */
export function outcomeOf(told: readonly string[], whole: readonly string[]): Outcome {
  if (told.length === 0) return 'nothing';
  return JSON.stringify(told) === JSON.stringify(whole) ? 'whole' : 'part';
}

/** Records calls and their outcomes. */
export class AccessTable {
  private readonly seen = new Map<string, Set<Outcome>>();

  constructor(private readonly callers: readonly Caller[]) {}

  observe(operation: string, caller: Caller, where: Where, outcome: Outcome): void {
    const key = `${operation} ${caller} ${where}`;
    this.seen.set(key, (this.seen.get(key) ?? new Set()).add(outcome));
  }

  /**
   * Compares a section of the document with what was observed, or writes it.
   * @param operations the first cells of each line, of which the first is the operation.
   * @throws for an operation that nobody called as one of the callers, or only within reach.
   */
  expectSection(title: string, head: string[], operations: string[][]): void {
    const names = this.callers.map((caller) =>
      caller === null ? 'no token' : caller === 'NONE' ? 'token without a role' : caller,
    );
    const lines = operations.map(([operation, ...more]) => [
      ...[operation!, ...more].map((cell) => `\`${cell}\``),
      ...this.callers.map((caller) => this.cell(operation!, caller)),
    ]);
    const heads = [...head, ...names];
    const table = [heads, heads.map(() => '---'), ...lines]
      .map((cells) => `| ${cells.join(' | ')} |\n`)
      .join('');
    const document = readFileSync(DOCUMENT, 'utf8');
    const section = new RegExp(`(\n## ${title}\n(?:(?!##|\\|).*\n)*)((?:\\|.*\n)*)`);
    const committed = section.exec(document);
    if (!committed) throw new Error(`docs/access.md has no section ${title}.`);
    if (process.env.WRITE_ACCESS_TABLE)
      writeFileSync(
        DOCUMENT,
        document.replace(section, (_all, heading) => `${heading}${table}`),
      );
    else expect(committed[2]).toBe(table);
  }

  private cell(operation: string, caller: Caller): string {
    const [within, beyond] = [
      this.grade(operation, caller, 'within'),
      this.grade(operation, caller, 'beyond'),
    ];
    const unseen = (where: string) => new Error(`Nobody called ${operation} as ${caller} ${where}.`);
    if (beyond === 'whole') return 'all';
    if (!within) throw unseen('within reach');
    if (beyond === 'part') return within === 'whole' ? 'all in part, own whole' : 'all in part';
    if (within === 'refused') return '–';
    if (within === 'nothing') return 'empty';
    if (!beyond) throw unseen('beyond reach');
    return within === 'whole' ? 'own' : 'own in part';
  }

  /** What all calls came to together. */
  private grade(operation: string, caller: Caller, where: Where): Outcome | null {
    const outcomes = this.seen.get(`${operation} ${caller} ${where}`);
    if (!outcomes) return null;
    if (outcomes.size === 1) return [...outcomes][0]!;
    return outcomes.has('whole') || outcomes.has('part') ? 'part' : 'nothing';
  }
}
