// What is improbable of graduates: a number that the institution gave before, and a certificate without attendance.
import { In, IsNull } from 'typeorm';
import { lockName } from '../../database/locks';
import type { Tx } from '../../events/write';
import type { Path } from '../../graphql/errors';
import { Cohort } from '../cohort/cohort.entity';
import { knownAmong } from '../official/official.actions';
import { Attendance, Session } from '../session/session.entity';
import { Graduate } from './graduate.entity';

/**
 * Warns of each graduate with a number that another has: in the same list, or of a cohort of the same institution, the
 * university or, without one, the host. Numbers that differ in case, width or blanks only are the same.
 * @param pathOf the path of the number of the graduate at that place.
 */
export async function warnOfSameNumbers(
  tx: Tx,
  cohort: Cohort,
  graduates: Graduate[],
  pathOf: (place: number) => Path,
): Promise<void> {
  const { universityId, hostUnitId } = cohort;
  const keys = graduates.flatMap((each) => each.credentialKey ?? []);
  if (keys.length === 0) return;
  await lockName(tx.manager, `credentials of ${universityId ?? hostUnitId}`);
  const recorded = await tx.manager
    .createQueryBuilder(Graduate, 'graduate')
    .innerJoin(Cohort, 'cohort', 'cohort.id = graduate.cohortId')
    .where({ credentialKey: In(keys), revokedAt: IsNull() })
    .andWhere(
      universityId
        ? 'cohort.universityId = :universityId'
        : 'cohort.universityId IS NULL AND cohort.hostUnitId = :hostUnitId',
      { universityId, hostUnitId },
    )
    .orderBy('graduate.id')
    .getMany();
  const known = await knownAmong(
    tx,
    recorded.map(({ officialId }) => officialId),
  );
  for (const [i, { id, credentialNumber, credentialKey }] of graduates.entries()) {
    if (credentialKey === null) continue;
    const same = [...recorded, ...graduates.slice(0, i)].find(
      (other) => other.id !== id && other.credentialKey === credentialKey,
    );
    if (!same) continue;
    tx.warn({
      code: 'DUPLICATE_CREDENTIAL',
      path: pathOf(i),
      officialId: known.has(same.officialId) ? same.officialId : null,
      text: {
        vi: `Số hiệu ${credentialNumber} đã được cơ sở đào tạo này cấp cho một người khác hoặc một lớp khác.`,
        en: `The same institution gave the number ${credentialNumber} to another graduate, or of another cohort.`,
      },
    });
  }
}

/** Warns of each graduate who attended no session of the cohort, where it has held any. */
export async function warnOfNoAttendance(tx: Tx, cohort: Cohort, graduates: Graduate[]): Promise<void> {
  const { manager } = tx;
  const held = await manager.findBy(Session, { cohortId: cohort.id, cancelledAt: IsNull() });
  const sessionIds = held.filter(({ heldOn }) => heldOn <= tx.today).map(({ id }) => id);
  if (sessionIds.length === 0) return;
  const attended = await manager.findBy(Attendance, { sessionId: In(sessionIds) });
  const present = new Set(attended.filter(({ periods }) => periods > 0).map((each) => each.officialId));
  for (const [i, { officialId }] of graduates.entries()) {
    if (present.has(officialId)) continue;
    tx.warn({
      code: 'NO_ATTENDANCE',
      path: ['graduates', i, 'officialId'],
      text: {
        vi: `Lớp ${cohort.code} đã có buổi học nhưng học viên này chưa tham dự tiết nào.`,
        en: `The cohort ${cohort.code} has had sessions, and this learner attended none of their periods.`,
      },
    });
  }
}
