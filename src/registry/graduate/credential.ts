// Numbers of degrees and certificates: one for each certificate of an institution, whatever its case and spaces.
import { In, IsNull } from 'typeorm';
import type { Tx } from '../../events/write';
import { isWithin } from '../../access/scope';
import { lockName } from '../../database/locks';
import { NAMED_TWICE, type Path, Refusals } from '../../graphql/errors';
import { codeKey } from '../../lib/texts';
import { Cohort } from '../cohort/cohort.entity';
import { Graduate } from './graduate.entity';

/** The number as it is compared: whatever case, width and spaces. Takes any text; null for none. */
export const credentialKey = (number: string | null | undefined): string | null =>
  number == null ? null : codeKey(number).replace(/\s+/gu, '');

/**
 * Refuses numbers that stand on another certificate of the same institution: the university that delivers the cohort,
 * or else the unit that hosts it. A revoked certificate does not count. The refusal says which record has the number
 * to a caller who may see that record.
 * @param given the numbers of one request, each with its path in the input.
 */
export async function refuseTakenNumbers(
  tx: Tx,
  { universityId, hostUnitId }: Cohort,
  given: { number: string | null | undefined; path: Path }[],
): Promise<void> {
  const { manager } = tx;
  const named = given.flatMap(({ number, path }) =>
    number == null ? [] : [{ number, path, key: credentialKey(number)! }],
  );
  if (named.length === 0) return;
  await lockName(manager, `credentials of ${universityId ?? hostUnitId}`);
  const bearers = await manager.findBy(Graduate, {
    credentialKey: In(named.map(({ key }) => key)),
    revokedAt: IsNull(),
  });
  const cohorts = await manager.findBy(Cohort, { id: In(bearers.map(({ cohortId }) => cohortId)) });
  const isOfInstitution = (cohort: Cohort) =>
    universityId === null
      ? cohort.universityId === null && cohort.hostUnitId === hostUnitId
      : cohort.universityId === universityId;
  const own = new Map(cohorts.filter(isOfInstitution).map((cohort) => [cohort.id, cohort]));
  const refusals = new Refusals();
  for (const [i, { number, path, key }] of named.entries()) {
    if (named.findIndex((each) => each.key === key) < i) refusals.add('ALREADY_EXISTS', path, NAMED_TWICE);
    const bearer = bearers.find((each) => each.credentialKey === key && own.has(each.cohortId));
    if (!bearer) continue;
    const { shown } = Graduate;
    const isShown = await isWithin(manager, Graduate, bearer.id, shown.rows(tx.scope(shown.by), 'own'));
    const { code } = own.get(bearer.cohortId)!;
    refusals.add('ALREADY_EXISTS', path, {
      vi: `Số hiệu ${number} đã được cấp${isShown ? ` ở lớp ${code} (${bearer.id})` : ' tại cơ sở này'}.`,
      en: `The number ${number} is on another certificate${isShown ? ` of the cohort ${code} (${bearer.id})` : ' of this institution'}.`,
    });
  }
  refusals.throwIfAny();
}
