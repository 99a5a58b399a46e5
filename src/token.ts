// npm run -s token -- --role administrator [--subject somebody] [--lifetime 8h]: prints a bearer token.
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { signToken } from './access/identity';
import { Role } from './access/policy';
import { readConfig, signingSecret } from './config';

const USAGE = `Usage: npm run -s token -- --role <role> [--subject <who>] [--lifetime <8h>]
Roles: ${Object.values(Role).map(roleName).join(', ')}
Lifetime: a number and a unit, as in 30m, 8h or 30d (8h when left out)`;

function roleName(role: Role): string {
  return role.toLowerCase().replaceAll('_', '-');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      role: { type: 'string' },
      subject: { type: 'string' },
      lifetime: { type: 'string', default: '8h' },
    },
  });
  const role = Object.values(Role).find((each) => roleName(each) === values.role?.toLowerCase());
  if (!role) throw new Error(`--role: "${values.role ?? ''}" is no role.`);
  if (!/^[1-9]\d{0,5}[smhd]$/.test(values.lifetime))
    throw new Error(`--lifetime: "${values.lifetime}" is no time.`);
  const secret = signingSecret(readConfig());
  const subject = values.subject ?? roleName(role);
  process.stdout.write(`${await signToken(secret, { role, subject, lifetime: values.lifetime })}\n`);
}

main().catch((error: unknown) => {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exit(1);
});
