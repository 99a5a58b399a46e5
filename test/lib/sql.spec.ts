// Conditions made of SQL values mean what the same conditions mean in JavaScript: generated ones, run on SQLite.
import SqliteFile from 'better-sqlite3';
import fc from 'fast-check';
import { all, anyOf, inForce, isIn, raw, sql, type Sql } from '../../src/lib/sql';
import { days, holds } from '../support/generated';

const file = new SqliteFile(':memory:');
afterAll(() => file.close());

/** Texts that would be something else than a value where they became SQL. */
const texts = fc.oneof(fc.constantFrom("'", '"', '?', ':v1', '$1', "' OR 1 = 1 --", 'NULL'), fc.string());

interface Condition {
  sql: Sql;
  isTrue: boolean;
  values: unknown[];
}

const leaves: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(texts, texts).map(([a, b]) => ({ sql: sql`${a} = ${b}`, isTrue: a === b, values: [a, b] })),
  fc.tuple(texts, fc.array(texts, { maxLength: 4 })).map(([one, list]) => ({
    sql: sql`${one} IN ${list}`,
    isTrue: list.includes(one),
    values: [one, ...list],
  })),
  fc.tuple(fc.constantFrom('a', 'b'), fc.array(fc.constantFrom('a', 'b', 'c'))).map(([one, list]) => ({
    sql: isIn(`'${one}'`, list),
    isTrue: list.includes(one),
    values: [...new Set(list)],
  })),
);

/** Conditions within conditions; a filter that says nothing stands among them. */
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    leaves,
    ...([all, anyOf] as const).map((combine) =>
      fc.array(fc.option(tie('condition')), { maxLength: 4 }).map((given) => {
        const said = given.filter((each) => each !== null);
        return {
          sql: combine(given.map((each) => each?.sql)),
          isTrue: combine === all ? said.every(({ isTrue }) => isTrue) : said.some(({ isTrue }) => isTrue),
          values: said.flatMap(({ values }) => values),
        };
      }),
    ),
    tie('condition').map(({ sql: inner, isTrue, values }) => ({
      sql: sql`NOT (${inner})`,
      isTrue: !isTrue,
      values,
    })),
  ),
}));

const ask = (given: Sql): boolean => {
  const { sql: text, parameters } = given.statement();
  const row = file.prepare(`SELECT ${text} AS found`).get(...parameters) as { found: number };
  return row.found === 1;
};

it('a condition holds if what it is made of says so', () => {
  holds(
    fc.property(condition, (made) => {
      expect(ask(made.sql)).toBe(made.isTrue);
      expect(made.sql.statement().parameters).toEqual(made.values);
    }),
  );
});

it('with names instead, it says the same, and no name is given twice', () => {
  holds(
    fc.property(condition, condition, (a, b) => {
      const [[text, parameters], [, others]] = [a.sql.named(), b.sql.named()];
      const names = [...text.matchAll(/:(?:\.\.\.)?(v\d+)/g)].map(([, name]) => name!);
      expect(names).toEqual(Object.keys(parameters));
      expect(Object.keys(others).filter((name) => name in parameters)).toEqual([]);
      expect(Object.values(parameters).flat()).toEqual(a.values);
      const positional = text.replace(/\(:\.\.\.(v\d+)\)|:(v\d+)/g, (_, list: string, one: string) =>
        list ? `(${(parameters[list] as unknown[]).map(() => '?').join(', ')})` : one && '?',
      );
      expect(positional).toBe(a.sql.statement().sql);
    }),
  );
});

it('two conditions have the same key if they say the same', () => {
  holds(
    fc.property(texts, texts, (a, b) => {
      const key = (text: string) => JSON.stringify(sql`${raw('code')} = ${text}`);
      expect(key(a) === key(b)).toBe(a === b);
    }),
  );
});

it('a period is in force from its first day to its last, and without a bound for ever', () => {
  const few = days('2024-02-27', '2024-03-03');
  const period = fc.record({ first: fc.option(few), last: fc.option(few) });
  holds(
    fc.property(period, few, ({ first, last }, day) => {
      const within = sql`(SELECT ${inForce('p.f', 'p.t', day)} FROM (SELECT ${first} AS f, ${last} AS t) p)`;
      expect(ask(within)).toBe((first ?? day) <= day && day <= (last ?? day));
    }),
  );
});
