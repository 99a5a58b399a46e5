// Tests that client/src/tables.ts is what the schema says: the lists and the types without id that caches must know.
// `WRITE_CLIENT_TABLES=yes npm run -s jest -- --selectProjects sqlite --testPathPatterns client/tables` writes it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, getNamedType, isObjectType, isScalarType, isSpecifiedScalarType } from 'graphql';
import { format, resolveConfig } from 'prettier';
import { scalars } from '../../client/src/scalars';
import { projectRoot } from '../../src/config/project-root';

const schema = buildSchema(readFileSync(join(projectRoot, 'schema.graphql'), 'utf8'));
const FILE = join(projectRoot, 'client/src/tables.ts');
const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);
const PAGING = new Set(['first', 'last', 'after', 'before']);

const types = Object.values(schema.getTypeMap()).filter(
  (type) => isObjectType(type) && !type.name.startsWith('__'),
);

function lists(): Record<string, Record<string, string>> {
  const found = types.map((type) => {
    const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
    const paged = fields.filter((field) => getNamedType(field.type).name.endsWith('Connection'));
    const keys = paged.map(({ name, args }) => [
      name,
      args
        .map((arg) => arg.name)
        .filter((arg) => !PAGING.has(arg))
        .join(' '),
    ]);
    return [type.name, Object.fromEntries(keys)] as const;
  });
  return Object.fromEntries(found.filter(([, fields]) => Object.keys(fields).length > 0).sort());
}

const withoutId = () =>
  types
    .filter((type) => isObjectType(type) && !ROOTS.has(type.name) && !type.getFields().id)
    .map(({ name }) => name)
    .sort();

it('is what the schema says', async () => {
  const text = `// Tables of the schema for caches of clients; written from schema.graphql by test/client/tables.spec.ts.

/** Lists that page by cursor, by type and field, with the arguments that make another list of it. */
export const LISTS: Record<string, Record<string, string>> = ${JSON.stringify(lists())};

/** Types whose records have no id of their own. */
export const WITHOUT_ID =
  '${withoutId().join(' ')}';
`;
  const expected = await format(text, { ...(await resolveConfig(FILE)), parser: 'typescript' });
  if (process.env.WRITE_CLIENT_TABLES) writeFileSync(FILE, expected);
  expect(readFileSync(FILE, 'utf8')).toBe(expected);
});

it('has every scalar of the schema for code generators', () => {
  const own = Object.values(schema.getTypeMap()).filter(
    (type) => isScalarType(type) && !isSpecifiedScalarType(type),
  );
  expect(Object.keys(scalars).sort()).toEqual(own.map(({ name }) => name).sort());
});
