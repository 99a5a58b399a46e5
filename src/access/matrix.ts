// Access matrix: writes docs/access.md, with the reach of each role for every root field and every personal field.
import type { GraphQLSchema } from 'graphql';
import { permissionsOf } from './gate';
import { KNOWN_BY, personalFieldsOf } from './personal';
import { type Extent, type Holder, type Permission, policy, Role, type Rule } from './policy';

const HOLDERS: Holder[] = [...Object.values(Role), 'NONE'];

const WORDS: Record<Extent, string> = {
  EVERYTHING: 'all',
  UNITS: 'own units',
  UNIVERSITIES: 'own university',
  SELF: 'self',
  NOTHING: 'empty',
};

/** The purpose of the permissions that no root field declares. */
const FOR: Partial<Record<Permission, string>> = {
  'event.identify': 'who caused an event',
  'statistics.reveal': 'figures about fewer than five persons',
  'enrolment.read': 'the lists of enrolments within other records',
};

const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
const cellsOf = (rule: Rule) =>
  HOLDERS.map((holder) => {
    const extent = rule[holder];
    return extent ? WORDS[extent] : '–';
  });
/** A rule limited to the roles that can see the record at all. */
const narrowed = (rule: Rule, shown: Rule): Rule =>
  Object.fromEntries(
    HOLDERS.map((holder) => [holder, shown[holder] === 'EVERYTHING' ? rule[holder] : shown[holder]]),
  );
const table = (first: string[], rows: string[][]) => {
  const head = [...first, ...HOLDERS.map((holder) => (holder === 'NONE' ? 'token without a role' : holder))];
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
};

/**
 * The text of docs/access.md.
 * @throws Error when a permission is declared by no root field and FOR does not give its purpose.
 */
export function accessMatrix(schema: GraphQLSchema): string {
  const carried = permissionsOf(schema);
  const others = (Object.keys(policy) as Permission[]).filter(
    (permission) => ![...carried.values()].includes(permission),
  );
  const fields = [...carried].map(([path, permission]) => [
    `\`${path}\``,
    `\`${permission}\``,
    ...cellsOf(policy[permission]),
  ]);
  const personal = personalFieldsOf(schema).map(([path, shownBy]) => [
    `\`${path}\``,
    ...cellsOf(narrowed(policy[KNOWN_BY], policy[shownBy])),
  ]);
  return `# Who may do what

Generated from \`src/access/policy.ts\` by \`npm run schema\`; do not edit. \`src/access/scope.ts\` says in SQL what each reach is.

- **all**: every record.
- **own units**: the units of the role's grants, the successors that the grants name, and all below them; their present staff, the cohorts they host with their learners, and the participations of officials they sent.
- **own university**: the university of the role's grants, the cohorts it delivers, and their learners.
- **self**: the official's own record.
- **empty**: the field is allowed, but has no rows.
- **–**: refused with FORBIDDEN, or UNAUTHENTICATED without a token.

A record out of reach is answered like one that does not exist. A caller without a token is a VIEWER, or has no role where \`ANONYMOUS=none\`, as in production.

## Root fields

${table(['field', 'permission'], fields)}

## Personal fields

Null for readers who may not see the person; a field that is never null belongs to a record that such readers cannot reach.

${table(['field'], personal)}

No root field declares these permissions.

${table(
  ['permission', 'for'],
  others.map((each) => [`\`${each}\``, reasonFor(each), ...cellsOf(policy[each])]),
)}
`;
}

function reasonFor(permission: Permission): string {
  const reason = FOR[permission];
  if (!reason) throw new Error(`No root field declares ${permission}: add its purpose to FOR.`);
  return reason;
}
