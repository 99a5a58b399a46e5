// Secrets: reads JWT_SECRET, keeps a generated one outside production, and refuses those that can be guessed.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from './config-error';

export const SHORTEST_SECRET = 32;

const FEWEST_CHARACTERS = 12;

/** Placeholder secrets from examples and tutorials. */
const WELL_KNOWN =
  /change.?me|your.{0,20}(secret|key)|super.?secret|pass.?word|qwerty|12345678|(secret|jwt).?key/i;

export function readSecret(given: string | undefined, production: boolean, folder: string): string {
  if (given !== undefined && given !== '') {
    if (given.length < SHORTEST_SECRET) {
      throw new ConfigError(
        'JWT_SECRET',
        `has ${given.length} characters; at least ${SHORTEST_SECRET} are needed.`,
      );
    }
    const weakness = production ? weaknessOf(given) : null;
    if (weakness) {
      throw new ConfigError(
        'JWT_SECRET',
        `${weakness}, so it can be guessed. Make one with: openssl rand -base64 48`,
      );
    }
    return given;
  }
  if (production) {
    throw new ConfigError(
      'JWT_SECRET',
      'is needed in production, unless OIDC_ISSUER is set: at least 32 characters that nobody can guess.',
    );
  }
  const path = join(folder, 'jwt-secret');
  const kept = keptSecret(path);
  if (kept.length >= SHORTEST_SECRET) return kept;
  throw new ConfigError(
    'JWT_SECRET',
    `the one kept in ${path} is damaged. Remove the file to get a new one.`,
  );
}

/** Why a secret of sufficient length is still weak, or null. */
export function weaknessOf(secret: string): string | null {
  if (/^(.+?)\1+$/s.test(secret)) return 'repeats itself';
  const characters = new Set(secret).size;
  if (characters < FEWEST_CHARACTERS) {
    return `has only ${characters} different characters; at least ${FEWEST_CHARACTERS} are needed`;
  }
  return WELL_KNOWN.test(secret) ? 'contains a well-known placeholder' : null;
}

/** A secret generated at the first start and stored in the data folder, so that tokens survive a restart. */
function keptSecret(path: string): string {
  try {
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && existsSync(path)) return readFileSync(path, 'utf8'); // another process was first
    throw new ConfigError(
      'JWT_SECRET',
      `is not set, and one cannot be kept in ${path} (${code}). Make the data folder writable or set it.`,
    );
  }
}
