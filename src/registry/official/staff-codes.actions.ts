// Staff code action: an official gets another code, and the old one goes on finding them.
import { assertVersion } from '../../events/revision';
import type { Tx } from '../../events/write';
import { refuse } from '../../graphql/errors';
import { lockName } from '../../database/locks';
import { codeKey } from '../../lib/texts';
import { keepReason } from '../correction/correction.actions';
import { codeOwner, keysOf, requireOfficial } from './official.actions';
import { FormerCode, Official } from './official.entity';
import type { ChangeOfficialCodeInput } from './official.input';

/**
 * Gives an official another staff code; the one before stays theirs, and finds them. Refuses a code that is, or was,
 * another official's. The event does not have the codes, which are personal data.
 */
export async function changeOfficialCode(
  tx: Tx,
  input: ChangeOfficialCodeInput,
): Promise<{ official: Official }> {
  const { manager } = tx;
  const official = await requireOfficial(tx, 'official.recode', input.officialId, ['officialId']);
  assertVersion(official, input.version);
  if (input.code === official.code) return { official };
  const key = codeKey(input.code);
  await lockName(manager, `staff code ${key}`);
  const owner = await codeOwner(manager, input.code);
  if (owner && owner.id !== official.id) {
    refuse('ALREADY_EXISTS', ['code'], {
      vi: `Mã hồ sơ ${input.code} đã tồn tại.`,
      en: `The staff code ${input.code} exists already.`,
    });
  }
  await manager.delete(FormerCode, { codeKey: key }); // the official gets back a code from before
  const former = {
    codeKey: codeKey(official.code),
    code: official.code,
    officialId: official.id,
    until: tx.now,
  };
  if (former.codeKey !== key) await manager.insert(FormerCode, former);
  const others = await manager.findBy(FormerCode, { officialId: official.id });
  Object.assign(official, { code: input.code, codeKey: key, version: official.version + 1 });
  Object.assign(official, keysOf(official, ...others.map(({ code }) => code)));
  await manager.update(Official, { id: official.id }, official);
  await keepReason(tx, { id: official.id, officialId: official.id }, 'official.recoded', input.reason);
  tx.record({
    name: 'official.recoded',
    subjectId: official.id,
    changes: [{ field: 'code', from: null, to: null }],
  });
  return { official };
}
