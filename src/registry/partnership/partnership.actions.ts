// Partnership action: register an agreement.
import type { Tx } from '../../events/write';
import { insertAll } from '../../database/insert-all';
import { Refusals } from '../../graphql/errors';
import { endsTooEarly } from '../../graphql/periods';
import { newId } from '../../lib/ids';
import { textKey } from '../../lib/vietnamese';
import { requireTopics } from '../topic/topic.actions';
import { requireOpenUnit, requireUnitWithin } from '../unit/unit.actions';
import { requireUniversity } from '../university/university.actions';
import { Partnership, PartnershipTopic } from './partnership.entity';
import type { SignPartnershipInput } from './partnership.input';

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

function assertDays(tx: Tx, { signedOn, validFrom, validTo }: SignPartnershipInput): void {
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
