// Codes: the rule that no two records of a noun have the same code.
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import type { Text } from '../lib/locale';
import { type Path, refuse } from './errors';

/** Refuses at `path` a code that a record has already. @param what "Mã lớp" and "cohort code", say. */
export async function assertCodeIsFree<T extends { code: string }>(
  manager: EntityManager,
  entity: new () => T,
  code: string,
  what: Text,
  path: Path = ['code'],
): Promise<void> {
  if (!(await manager.existsBy(entity, { code } as FindOptionsWhere<T>))) return;
  refuse('ALREADY_EXISTS', path, {
    vi: `${what.vi} ${code} đã tồn tại.`,
    en: `The ${what.en} ${code} exists already.`,
  });
}
