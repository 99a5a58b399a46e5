// Erases the identity of a person, after the checks that it needs.
import type { Actor } from '../access/actor';
import { ROLES } from '../access/rights';
import { lockName } from '../database/locks';
import type { EventName } from '../events/catalogue';
import type { Tx } from '../events/write';
import { type Path, refuse } from '../graphql/errors';
import type { Node } from '../graphql/node';
import { prefixOf } from '../lib/ids';
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
  await eraseIdentity(tx, caller, 'official.erased', ['officialId'], (path) =>
    requireOfficial(tx, 'official.erase', input.officialId, path),
  );
  return { official: await tx.manager.findOneByOrFail(Official, { id: input.officialId }) };
}

/**
 * The same for a person of any kind.
 * @param erased the event that tells of it.
 * @param path where the input has the person's id.
 * @param load the person, locked for change.
 * @throws CONFLICT as above.
 */
export async function eraseIdentity(
  tx: Tx,
  caller: Actor,
  erased: EventName,
  path: Path,
  load: (path: Path) => Promise<Node>,
): Promise<void> {
  const { manager } = tx;
  await lockName(manager, ROLES); // or a role might be granted to their subject meanwhile
  const { id } = await load(path);
  const subjects = await subjectsOf(manager, id);
  // The erasure itself would be on record under the subject that it erases.
  if (subjects.includes(caller.subject!) || caller.roles.some((role) => role.officialId === id)) {
    refuse('CONFLICT', path, {
      vi: 'Không ai tự ẩn danh hồ sơ của chính mình. Hãy nhờ một quản trị viên khác.',
      en: 'Nobody erases their own identity. Ask another administrator.',
    });
  }
  const held = await countGrants(manager, id, subjects);
  if (held > 0) {
    refuse('CONFLICT', path, {
      vi: `Người này, hoặc chủ thể của mã truy cập của họ, còn ${held} phân quyền. Hãy thu hồi trước khi ẩn danh.`,
      en: `${held} grants name this person, or the subject of their tokens. Revoke them before erasing the identity.`,
    });
  }
  await erasePerson(manager, prefixOf(id)!, id, subjects, tx.now);
  tx.record({ name: erased, subjectId: id });
}
