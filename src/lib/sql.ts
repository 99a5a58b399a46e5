// SQL as values: a piece of SQL carries the values it compares with, so that no text becomes SQL by accident and no two
// values of one statement share a name.

/** A statement with a `?` for each parameter, in order. */
export interface Statement {
  sql: string;
  parameters: unknown[];
}

type Value = string | number | boolean | Date | null;
type Given = Sql | Value | readonly Value[];

let names = 0;

/** A piece of SQL: texts, and the values between them. Made by sql`…`. */
export class Sql {
  constructor(
    /** One more than there are values. */
    readonly texts: readonly string[],
    readonly values: readonly (Value | readonly Value[])[],
  ) {}

  /** As TypeORM's query builder takes it: `query.andWhere(...condition.named())`. No name is ever given twice. */
  named(): [text: string, parameters: Record<string, unknown>] {
    const parameters: Record<string, unknown> = {};
    const text = this.compile((value) => {
      const name = `v${(names += 1)}`;
      parameters[name] = value;
      return Array.isArray(value) ? `(:...${name})` : `:${name}`;
    });
    return [text, parameters];
  }

  /** As Database.analyse takes it. */
  statement(): Statement {
    const sql = this.compile((value) =>
      Array.isArray(value) ? `(${value.map(() => '?').join(', ')})` : '?',
    );
    return { sql, parameters: this.values.flat() };
  }

  /** For the keys of loaders, which are JSON. */
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
 * A piece of SQL: sql`host.valid_to >= ${day} AND host.id IN ${ids} AND ${condition}`. What is given is a value, a list
 * of values for IN, or another piece; names of columns are pieces, too: `raw`.
 */
export function sql(strings: TemplateStringsArray, ...given: Given[]): Sql {
  return joined(strings, given);
}

/** A text of our own as SQL, such as the name of a column: never what a client sent. */
export const raw = (text: string): Sql => new Sql([text], []);

/** A condition, or nothing where a filter says nothing. */
export type Said = Sql | null | undefined | false | '';

/** The condition that all of these hold. */
export const all = (conditions: readonly Said[]): Sql => combined(conditions, ' AND ', sql`1 = 1`);

/** The condition that one of these holds. */
export const anyOf = (conditions: readonly Said[]): Sql => combined(conditions, ' OR ', sql`1 = 0`);

function combined(conditions: readonly Said[], how: string, otherwise: Sql): Sql {
  const said = conditions.filter((condition) => condition instanceof Sql);
  if (said.length === 0) return otherwise;
  return joined(['((', ...said.slice(1).map(() => `)${how}(`), '))'], said);
}

/** The condition that a column has one of these values; no value means no row. */
export function isIn(column: string, values: readonly string[]): Sql {
  return sql`${raw(column)} IN ${[...new Set(values)]}`; // a database takes only so many parameters
}

/** The condition that a day lies in a period, either of whose ends may be open. */
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
      append('(SELECT NULL WHERE 1 = 0)'); // IN () is no SQL
    } else {
      values.push(each);
      texts.push('');
    }
    append(strings[i + 1]!);
  });
  return new Sql(texts, values);
}
