// Codes: no two records of a noun have the same code, whatever its case and width, and a code finds its record so.
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import { lockName } from '../database/locks';
import type { Text } from '../lib/locale';
import { codeKey } from '../lib/texts';
import { type Path, refuse } from './errors';

/** A record with a code, and with the key by which codes are compared. */
export interface Coded {
  code: string;
  codeKey: string | null;
}

/** Refuses at `path` a code that a record has already. @param what "Mã lớp" and "cohort code", say. */
export async function assertCodeIsFree<T extends Coded>(
  manager: EntityManager,
  entity: new () => T,
  code: string,
  what: Text,
  path: Path = ['code'],
): Promise<void> {
  const key = codeKey(code);
  await lockName(manager, `${entity.name} code ${key}`);
  if (!(await manager.existsBy(entity, { codeKey: key } as FindOptionsWhere<T>))) return;
  refuse('ALREADY_EXISTS', path, {
    vi: `${what.vi} ${code} đã tồn tại.`,
    en: `The ${what.en} ${code} exists already.`,
  });
}

/**
 * The record with a code, whatever its case and width; null without one. Where two from before this rule differ in case
 * only, the one with exactly this code comes first.
 */
export async function bearerOf<T extends Coded>(
  manager: EntityManager,
  entity: new () => T,
  code: string,
): Promise<T | null> {
  const bearers = await manager.findBy(entity, { codeKey: codeKey(code) } as FindOptionsWhere<T>);
  return bearers.find((each) => each.code === code) ?? bearers[0] ?? null;
}
