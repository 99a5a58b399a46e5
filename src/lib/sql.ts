// SQL fragments: each carries its own parameters, so that no value becomes SQL (injection) and no two parameters of a
// statement share a name.

/** An SQL statement with a `?` for each parameter, in order. */
export interface Statement {
  sql: string;
  parameters: unknown[];
}

type Value = string | number | boolean | Date | null;
type Given = Sql | Value | readonly Value[];

let names = 0;

/** An SQL fragment: texts and the parameters between them. Made with sql`…`. */
export class Sql {
  constructor(
    /** One more than there are parameters. */
    readonly texts: readonly string[],
    readonly values: readonly (Value | readonly Value[])[],
  ) {}

  /** For TypeORM's query builder: `query.andWhere(...condition.named())`. Parameter names are never reused. */
  named(): [text: string, parameters: Record<string, unknown>] {
    const parameters: Record<string, unknown> = {};
    const text = this.compile((value) => {
      const name = `v${(names += 1)}`;
      parameters[name] = value;
      return Array.isArray(value) ? `(:...${name})` : `:${name}`;
    });
    return [text, parameters];
  }

  /** For Database.analyse. */
  statement(): Statement {
    const sql = this.compile((value) =>
      Array.isArray(value) ? `(${value.map(() => '?').join(', ')})` : '?',
    );
    return { sql, parameters: this.values.flat() };
  }

  /** For loader keys, which are JSON. */
  toJSON(): Statement {
    return this.statement();
  }

  private compile(placeholder: (value: Value | readonly Value[]) => string): string {
    return this.texts
      .map((text, i) => (i < this.values.length ? text + placeholder(this.values[i]!) : text))
      .join('');
  }
}

/**
 * Makes an SQL fragment: sql`host.valid_to >= ${day} AND host.id IN ${ids} AND ${condition}`. An argument is a value, a
 * list of values for IN, or another fragment; column names are fragments made with raw().
 */
export function sql(strings: TemplateStringsArray, ...given: Given[]): Sql {
  return joined(strings, given);
}

/** A trusted text as SQL, such as a column name. Never pass a client's text. */
export const raw = (text: string): Sql => new Sql([text], []);

/** A condition, or nothing for a filter field that is not set. */
export type Said = Sql | null | undefined | false | '';

/** Conjunction (AND) of conditions; true when there are none. */
export const all = (conditions: readonly Said[]): Sql => combined(conditions, ' AND ', sql`1 = 1`);

/** Disjunction (OR) of conditions; false when there are none. */
export const anyOf = (conditions: readonly Said[]): Sql => combined(conditions, ' OR ', sql`1 = 0`);

function combined(conditions: readonly Said[], how: string, otherwise: Sql): Sql {
  const said = conditions.filter((condition) => condition instanceof Sql);
  if (said.length === 0) return otherwise;
  return joined(['((', ...said.slice(1).map(() => `)${how}(`), '))'], said);
}

/** The condition that a column has one of these values; without values no row meets it. */
export function isIn(column: string, values: readonly string[]): Sql {
  return sql`${raw(column)} IN ${[...new Set(values)]}`; // the number of parameters is limited
}

/** The condition that a day lies in a period, whose ends may be NULL (unbounded). */
export function inForce(from: string, to: string, day: string): Sql {
  const [first, last] = [raw(from), raw(to)];
  return sql`(${first} IS NULL OR ${first} <= ${day}) AND (${last} IS NULL OR ${last} >= ${day})`;
}

function joined(strings: readonly string[], given: readonly Given[]): Sql {
  const texts = [strings[0]!];
  const values: (Value | readonly Value[])[] = [];
  const append = (text: string) => void (texts[texts.length - 1] += text);
  given.forEach((each, i) => {
    if (each instanceof Sql) {
      append(each.texts[0]!);
      texts.push(...each.texts.slice(1));
      values.push(...each.values);
    } else if (Array.isArray(each) && each.length === 0) {
      append('(SELECT NULL WHERE 1 = 0)'); // IN () is not valid SQL
    } else {
      values.push(each);
      texts.push('');
    }
    append(strings[i + 1]!);
  });
  return new Sql(texts, values);
}
