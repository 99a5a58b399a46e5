// Erases the identity of an official, after the checks that only an official needs.
import type { Actor } from '../access/actor';
import { ROLES } from '../access/rights';
import { lockName } from '../database/locks';
import type { Tx } from '../events/write';
import { refuse } from '../graphql/errors';
import { countGrants, subjectsOf } from '../registry/grant/grant.actions';
import { requireOfficial } from '../registry/official/official.actions';
import { Official } from '../registry/official/official.entity';
import { erasePerson } from './erasure';
import type { EraseOfficialInput } from './privacy.input';

/**
 * Erases who an official is, for good: names, numbers and words by which they could be found go, and a pseudonym stands
 * in their place; posts, enrolments and graduations stay, so that every figure stays. What they did and read under the
 * subject of a token stays on record under one pseudonym. Returns the official as they are afterwards.
 * @throws CONFLICT for the caller's own record and for an official who still holds a role, also as the subject of a token;
 * NOT_ELIGIBLE for one who was erased before.
 */
export async function eraseOfficial(
  tx: Tx,
  input: EraseOfficialInput,
  caller: Actor,
): Promise<{ official: Official }> {
  const { manager } = tx;
  await lockName(manager, ROLES); // or a role might be granted to their subject meanwhile
  const official = await requireOfficial(tx, 'official.erase', input.officialId, ['officialId']);
  const subjects = await subjectsOf(manager, official.id);
  // The erasure itself would be on record under the subject that it erases.
  if (subjects.includes(caller.subject!) || caller.roles.some((role) => role.officialId === official.id)) {
    refuse('CONFLICT', ['officialId'], {
      vi: 'Không ai tự ẩn danh hồ sơ của chính mình. Hãy nhờ một quản trị viên khác.',
      en: 'Nobody erases their own identity. Ask another administrator.',
    });
  }
  const held = await countGrants(manager, official.id, subjects);
  if (held > 0) {
    refuse('CONFLICT', ['officialId'], {
      vi: `Người này, hoặc chủ thể của mã truy cập của họ, còn ${held} phân quyền. Hãy thu hồi trước khi ẩn danh.`,
      en: `${held} grants name this official, or the subject of their tokens. Revoke them before erasing the identity.`,
    });
  }
  await erasePerson(manager, Official.idPrefix, official.id, subjects, tx.now);
  tx.record({ name: 'official.erased', subjectId: official.id });
  return { official: await manager.findOneByOrFail(Official, { id: official.id }) };
}
