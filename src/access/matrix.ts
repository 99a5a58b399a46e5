// What does the policy say, as a reviewer reads it? docs/access.md: every root field and every personal field by role.
import type { GraphQLSchema } from 'graphql';
import { permissionsOf } from './gate';
import { personalFieldsOf } from './personal';
import { type Extent, type Holder, policy, Role, type Rule } from './policy';

const HOLDERS: Holder[] = [...Object.values(Role), 'NONE'];

const WORDS: Record<Extent, string> = {
  EVERYTHING: 'all',
  UNITS: 'own units',
  UNIVERSITIES: 'own university',
  SELF: 'self',
  NOTHING: 'empty',
};

/** The permission by which a record with personal fields is seen. */
const SEEN_BY = {
  Official: 'official.read',
  Graduate: 'official.read',
  FollowUp: 'official.read',
} as const;

const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
const cellsOf = (rule: Rule) =>
  HOLDERS.map((holder) => {
    const extent = rule[holder];
    return extent ? WORDS[extent] : '–';
  });
const table = (first: string[], rows: string[][]) => {
  const head = [...first, ...HOLDERS.map((holder) => (holder === 'NONE' ? 'token without a role' : holder))];
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
};

/** The whole document, as it is committed. */
export function accessMatrix(schema: GraphQLSchema): string {
  const fields = [...permissionsOf(schema)].map(([path, permission]) => [
    `\`${path}\``,
    `\`${permission}\``,
    ...cellsOf(policy[permission]),
  ]);
  const personal = personalFieldsOf(schema).map((path) => [
    `\`${path}\``,
    ...cellsOf(policy[SEEN_BY[path.split('.')[0] as keyof typeof SEEN_BY]]),
  ]);
  return `# Who may do what

Generated from \`src/access/policy.ts\` by \`npm run schema\`; do not edit. \`src/access/scope.ts\` says in SQL what each reach is.

- **all**: every record.
- **own units**: the units of the role's grants, the successors that the grants name, and all below them; their staff of today, the cohorts they host with their learners, and the participations of those they sent.
- **own university**: the university of the role's grants, the cohorts it delivers, and their learners.
- **self**: the official's own record.
- **empty**: the field answers, with nothing in it.
- **–**: refused with FORBIDDEN, or UNAUTHENTICATED without a token.

What is out of reach answers like what is not there. A caller without a token is a VIEWER, or nobody where \`ANONYMOUS=none\`, as in production.

## Root fields

${table(['field', 'permission'], fields)}

## Personal fields

Null for whoever may not see the person; a field that cannot be null comes with a record that such a reader cannot reach.

${table(['field'], personal)}

Three permissions belong to no root field of their own: \`event.identify\` (who caused an event), \`statistics.reveal\` (figures about fewer than five persons) and \`enrolment.read\` (the lists of enrolments within other records).

${table(
  ['permission'],
  (['event.identify', 'statistics.reveal', 'enrolment.read'] as const).map((each) => [
    `\`${each}\``,
    ...cellsOf(policy[each]),
  ]),
)}
`;
}
