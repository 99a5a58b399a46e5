// Partnership actions: register, revise and end an agreement.
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import { lockRows } from '../../database/locks';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { insertAll } from '../../database/insert-all';
import { missing, Refusals, refuse } from '../../graphql/errors';
import { assertCanEnd, endsTooEarly } from '../../graphql/periods';
import { newId } from '../../lib/ids';
import { textKey } from '../../lib/vietnamese';
import { saveCorrection } from '../correction/correction.actions';
import { replaceTopics, requireTopics } from '../topic/topic.actions';
import { requireOpenUnit, requireUnitWithin } from '../unit/unit.actions';
import { requireUniversity } from '../university/university.actions';
import { Partnership, PartnershipTopic } from './partnership.entity';
import type { EndPartnershipInput, RevisePartnershipInput, SignPartnershipInput } from './partnership.input';

/**
 * Registers an agreement. Refuses a day of signing in the future, an end before the beginning, and a unit that does
 * not exist when the agreement begins.
 */
export async function signPartnership(
  tx: Tx,
  input: SignPartnershipInput,
): Promise<{ partnership: Partnership }> {
  const { manager } = tx;
  await requireUnitWithin(tx, 'partnership.sign', input.unitId, ['unitId']);
  assertDays(tx, input);
  const begins = input.validFrom ?? input.signedOn ?? tx.today;
  const unit = await requireOpenUnit(tx, input.unitId, begins, ['unitId']);
  const university = await requireUniversity(tx, input.universityId, ['universityId']);
  const topicIds = await requireTopics(tx, input.topicIds, ['topicIds']);
  const partnership = manager.create(Partnership, {
    id: newId(Partnership.idPrefix),
    unitId: unit.id,
    universityId: university.id,
    title: input.title,
    signedOn: input.signedOn ?? null,
    validFrom: input.validFrom ?? null,
    validTo: input.validTo ?? null,
    createdAt: tx.now,
    areas: (input.areas ?? []).filter(Boolean), // without empty entries
    titleKey: textKey(input.title),
  });
  await manager.insert(Partnership, partnership);
  await insertAll(
    manager,
    PartnershipTopic,
    topicIds.map((topicId) => ({ partnershipId: partnership.id, topicId })),
  );
  tx.record({
    name: 'partnership.signed',
    subjectId: partnership.id,
    universityId: university.id,
    unitId: unit.id,
  });
  return { partnership };
}

/**
 * Revises an agreement, under the rules of registering it. Refuses an old version, one out of reach, and a university or
 * title that is cleared.
 */
export async function revisePartnership(
  tx: Tx,
  input: RevisePartnershipInput,
): Promise<{ partnership: Partnership }> {
  const partnership = await requirePartnership(tx, 'partnership.revise', input.partnershipId);
  assertVersion(partnership, input.version);
  const { universityId, title, signedOn, validFrom, validTo, topicIds } = input;
  const areas = input.areas?.filter(Boolean) ?? input.areas;
  const asked = { universityId, title, signedOn, validFrom, validTo, areas };
  const { columns, changes } = revise<Partnership>(partnership, asked, ['universityId', 'title', 'areas']);
  const revised = { ...partnership, ...columns };
  assertDays(tx, revised);
  if (columns.universityId) await requireUniversity(tx, columns.universityId, ['universityId']);
  const begins = revised.validFrom ?? revised.signedOn;
  if (begins && (columns.validFrom !== undefined || columns.signedOn !== undefined))
    await requireOpenUnit(tx, partnership.unitId, begins, [
      columns.validFrom === undefined ? 'signedOn' : 'validFrom',
    ]);
  const link: [typeof PartnershipTopic, 'partnershipId'] = [PartnershipTopic, 'partnershipId'];
  if (topicIds !== undefined && (await replaceTopics(tx, link, partnership.id, topicIds)))
    changes.push({ field: 'topics', from: null, to: null });
  if (changes.length === 0) return { partnership };
  const revision = { columns: { ...columns, titleKey: textKey(revised.title) }, changes };
  const { universityId: university, unitId } = revised;
  await saveCorrection(tx, Partnership, partnership, revision, input.reason, {
    ...{ name: 'partnership.revised', universityId: university, unitId },
  });
  return { partnership };
}

/** Ends an agreement that has no end yet, or one that is to end later. */
export async function endPartnership(
  tx: Tx,
  input: EndPartnershipInput,
): Promise<{ partnership: Partnership }> {
  const partnership = await requirePartnership(tx, 'partnership.end', input.partnershipId);
  assertVersion(partnership, input.version);
  const begins = { ...partnership, validFrom: partnership.validFrom ?? partnership.signedOn };
  const record = { vi: 'Thỏa thuận này', en: 'This agreement' };
  assertCanEnd(tx, begins, input.validTo, 'partnershipId', record, 'validTo');
  const revision = revise<Partnership>(partnership, { validTo: input.validTo }, []);
  const { universityId, unitId } = partnership;
  await saveCorrection(tx, Partnership, partnership, revision, input.reason, {
    ...{ name: 'partnership.ended', universityId, unitId },
  });
  return { partnership };
}

/** The agreement with this id, locked for change. Refuses one that is missing or out of reach. */
async function requirePartnership(tx: Tx, permission: Permission, id: string): Promise<Partnership> {
  await lockRows(tx.manager, Partnership, [id], 'change');
  const within = await isWithin(tx.manager, Partnership, id, tx.scope(permission).units('own.unit_id'));
  const partnership = within ? await tx.manager.findOneBy(Partnership, { id }) : null;
  return partnership ?? refuse('NOT_FOUND', ['partnershipId'], missing('thỏa thuận', 'agreement'));
}

function assertDays(
  tx: Tx,
  { signedOn, validFrom, validTo }: Pick<SignPartnershipInput, 'signedOn' | 'validFrom' | 'validTo'>,
): void {
  const refusals = new Refusals();
  if (signedOn && signedOn > tx.today) {
    refusals.add('INVALID', ['signedOn'], {
      vi: 'Ngày ký không được ở tương lai.',
      en: 'An agreement cannot have been signed in the future.',
    });
  }
  const begins = validFrom ?? signedOn;
  if (begins && validTo && validTo < begins) {
    refusals.add('INVALID', ['validTo'], endsTooEarly(begins));
  }
  refusals.throwIfAny();
}
