// Assignment actions that put a slip right: correct a post that was entered wrongly, and remove one that never was.
import { Not } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import { revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { refuse } from '../../graphql/errors';
import { lockRows } from '../../database/locks';
import { all, anyOf, sql } from '../../lib/sql';
import { keepReason } from '../correction/correction.actions';
import { requirePosition } from '../position/position.actions';
import { isReached } from '../unit/standing';
import { NO_UNIT } from '../unit/unit.actions';
import { ERASED } from './official.actions';
import { assertPost, NO_ASSIGNMENT } from './post';
import { Assignment, Official } from './official.entity';
import type { CorrectAssignmentInput, RemoveAssignmentInput } from './official.input';

/**
 * Corrects a post that was entered wrongly: its unit, position or days. Refuses what assignOfficial refuses, and days or
 * a unit without which a nomination would have no post to rest on.
 */
export async function correctAssignment(
  tx: Tx,
  input: CorrectAssignmentInput,
): Promise<{ assignment: Assignment }> {
  const { post, official } = await requirePost(tx, 'assignment.correct', input.assignmentId);
  const { unitId, positionCode, isManagerial, since, until } = input;
  if (unitId && unitId !== post.unitId && !(await isReached(tx, 'assignment.correct', unitId, true)))
    refuse('NOT_FOUND', ['unitId'], NO_UNIT);
  const positionId = positionCode
    ? (await requirePosition(tx, positionCode, ['positionCode'])).id
    : (positionCode as null | undefined);
  const asked = { unitId, positionId, isManagerial, validFrom: since, validTo: until };
  const needed = {
    unitId: 'unitId',
    positionId: 'positionCode',
    isManagerial: 'isManagerial',
    validFrom: 'since',
  };
  for (const [column, field] of Object.entries(needed)) {
    if (asked[column as keyof typeof asked] !== null) continue;
    refuse('INVALID', [field], { vi: 'Không được để trống.', en: 'Must not be empty.' });
  }
  const { columns, changes } = revise<Assignment>(post, asked, []);
  if (changes.length === 0) return { assignment: post };
  const corrected = { ...post, ...columns };
  await assertPost(tx, official, corrected);
  await refuseNominations(tx, post, corrected);
  Object.assign(post, columns);
  await tx.manager.update(Assignment, { id: post.id }, columns);
  await keepReason(tx, { id: post.id, officialId: official.id }, 'assignment.corrected', input.reason);
  tx.record({ name: 'assignment.corrected', subjectId: post.id, unitId: post.unitId, changes });
  return { assignment: post };
}

/**
 * Removes a post that never was. Refuses the only post of an official, whose record would be nobody's, and one on which a
 * nomination rests. The event has what the post said; the reason is kept with the official.
 */
export async function removeAssignment(
  tx: Tx,
  input: RemoveAssignmentInput,
): Promise<{ official: Official }> {
  const { post, official } = await requirePost(tx, 'assignment.remove', input.assignmentId);
  if (!(await tx.manager.existsBy(Assignment, { officialId: official.id, id: Not(post.id) }))) {
    refuse('CONFLICT', ['assignmentId'], {
      vi: 'Đây là quá trình công tác duy nhất của người này; vui lòng đính chính thay vì xóa.',
      en: 'It is the only post of this official; correct it instead of removing it.',
    });
  }
  await refuseNominations(tx, post, null);
  await tx.manager.delete(Assignment, { id: post.id });
  await keepReason(tx, { id: official.id, officialId: official.id }, 'assignment.removed', input.reason);
  tx.record({
    name: 'assignment.removed',
    subjectId: official.id,
    unitId: post.unitId,
    changes: (['id', 'unitId', 'positionId', 'validFrom', 'validTo'] as const).map((field) => ({
      field,
      from: post[field],
      to: null,
    })),
  });
  return { official };
}

/**
 * The post with this id and its official, locked. Refuses one out of reach: it must be at a unit of which the caller
 * reaches a part at least, and of the caller's staff, or of an official who serves nowhere else today.
 */
async function requirePost(
  tx: Tx,
  permission: Permission,
  id: string,
): Promise<{ post: Assignment; official: Official }> {
  const { manager, today } = tx;
  const known = await manager.findOneBy(Assignment, { id });
  if (!known) refuse('NOT_FOUND', ['assignmentId'], NO_ASSIGNMENT);
  await lockRows(manager, Official, [known.officialId], 'change');
  await lockRows(manager, Assignment, [id], 'change');
  const scope = tx.scope(permission);
  const elsewhere = sql`SELECT 1 FROM assignment other WHERE other.official_id = own.official_id
    AND other.id <> own.id AND other.valid_from <= ${today} AND (other.valid_to IS NULL OR other.valid_to >= ${today})`;
  const within = anyOf([
    all([scope.partsOfUnits('own.unit_id'), scope.staff('own.official_id')]),
    all([scope.units('own.unit_id'), sql`NOT EXISTS (${elsewhere})`]),
  ]);
  const post =
    (await isWithin(manager, Assignment, id, within)) && (await manager.findOneBy(Assignment, { id }));
  if (!post) refuse('NOT_FOUND', ['assignmentId'], NO_ASSIGNMENT);
  const official = await manager.findOneByOrFail(Official, { id: post.officialId });
  if (official.erasedAt !== null) refuse('NOT_ELIGIBLE', ['assignmentId'], ERASED);
  return { post, official };
}

/**
 * Refuses to change a post, or to remove it, where a nomination on a day of it has its unit and no other post at that
 * unit covers the day. Reads the table `enrolment` by name: its folder imports this one.
 */
async function refuseNominations(tx: Tx, post: Assignment, corrected: Assignment | null): Promise<void> {
  const covers = (first: string, last: string) =>
    `${first} <= sent.nominated_on AND (${last} IS NULL OR ${last} >= sent.nominated_on)`;
  const left = await tx.manager
    .createQueryBuilder()
    .select(['cohort.code AS code', 'sent.nominated_on AS day'])
    .from('enrolment', 'sent')
    .innerJoin('cohort', 'cohort', 'cohort.id = sent.cohort_id')
    .where('sent.official_id = :officialId AND sent.unit_at_enrolment_id = :unitId', post)
    .andWhere(`:validFrom <= sent.nominated_on`, post)
    .andWhere(post.validTo === null ? '1 = 1' : ':validTo >= sent.nominated_on', { validTo: post.validTo })
    .andWhere(
      `NOT EXISTS (SELECT 1 FROM assignment other WHERE other.official_id = sent.official_id AND other.id <> :id
        AND other.unit_id = sent.unit_at_enrolment_id AND ${covers('other.valid_from', 'other.valid_to')})`,
      { id: post.id },
    )
    .orderBy('cohort.code')
    .getRawMany<{ code: string; day: string }>();
  const kept = ({ day }: { day: string }) =>
    corrected?.unitId === post.unitId &&
    corrected.validFrom <= day &&
    (corrected.validTo === null || day <= corrected.validTo);
  const broken = left.find((each) => !kept(each));
  if (!broken) return;
  refuse('CONFLICT', ['assignmentId'], {
    vi: `Người này được cử đi học lớp ${broken.code} ngày ${broken.day} theo quá trình công tác này. Vui lòng rút tên và cử lại trước.`,
    en: `This official was sent to the cohort ${broken.code} on ${broken.day} from this post. Withdraw and nominate again first.`,
  });
}
