// canbo token --role administrator [--subject <name>] [--lifetime 8h]: prints a bearer token.
import { parseArgs } from 'node:util';
import { REACH, REACH_OF, signToken } from '../access/identity';
import { Role } from '../access/policy';
import { readConfig, signingSecret } from '../config/config';
import { prefixOf } from '../lib/ids';
import { WrongArguments } from './refused';

/** What --help prints. */
export const USAGE = `Usage: canbo token --role <role> [--subject <name>] [--lifetime <8h>]
Roles: administrator, viewer
       unit-manager --unit <id>, university-registrar --university <id>, official --official <id>
Ids are those of the API, as in unit_01jb…
Without a role the token has the roles granted to its subject: --subject <name>
Lifetime: a number and a unit, as in 30m, 8h or 30d (8h when left out)`;

const REACHES = Object.values(REACH);
type Reach = (typeof REACHES)[number];

function roleName(role: Role): string {
  return role.toLowerCase().replaceAll('_', '-');
}

function roleNamed(name: string | undefined): Role | undefined {
  if (name === undefined) return undefined;
  const role = Object.values(Role).find((each) => roleName(each) === name.toLowerCase());
  if (!role) throw new WrongArguments(`--role: "${name}" is no role.`);
  return role;
}

/** The reach claims of a role. Ids of other roles are refused: ignoring one would suggest a narrower token. */
function reachOf(role: Role | undefined, given: Partial<Record<Reach, string>>): { [claim: string]: string } {
  const claim = role && REACH_OF[role];
  const own = claim && REACH[claim];
  for (const reach of REACHES) {
    const id = given[reach];
    const title = role ? `--role ${roleName(role)}` : 'a token without a role';
    if (reach === own && id === undefined)
      throw new WrongArguments(`--${reach}: ${title} needs the id of one.`);
    if (reach !== own && id !== undefined) throw new WrongArguments(`--${reach}: does not go with ${title}.`);
    if (id !== undefined && prefixOf(id) !== reach)
      throw new WrongArguments(`--${reach}: "${id}" is no id of one.`);
  }
  return own ? { [claim]: given[own]! } : {};
}

/** Prints the token. @throws WrongArguments for arguments or settings from which there is none. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      role: { type: 'string' },
      unit: { type: 'string' },
      university: { type: 'string' },
      official: { type: 'string' },
      subject: { type: 'string' },
      lifetime: { type: 'string', default: '8h' },
    },
  });
  const { lifetime } = values;
  const role = roleNamed(values.role);
  const reach = reachOf(role, values);
  // Different reaches make different subjects, which share neither a budget nor idempotency keys.
  const subject = values.subject ?? (role && [roleName(role), ...Object.values(reach)].join(' '));
  if (!subject) throw new WrongArguments('--role or --subject is needed.');
  if (!/^[1-9]\d{0,5}[smhd]$/.test(lifetime))
    throw new WrongArguments(`--lifetime: "${lifetime}" is no time.`);
  const secret = signingSecret(readConfig());
  const token = await signToken(secret, { role, ...reach, subject, lifetime }).catch((error: Error) => {
    throw new WrongArguments(error.message);
  });
  process.stdout.write(`${token}\n`);
}
