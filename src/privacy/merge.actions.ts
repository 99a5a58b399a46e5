// Merges two records of one official: what is on record of the duplicate becomes the kept official's, wherever a table
// declares it with @OfPerson, and the lost id and code find the kept record.
import { codeKey } from '../lib/texts';
import { type EntityTarget, In, type ObjectLiteral } from 'typeorm';
import { DataAccessPerson } from '../access/data-access.entity';
import { MergedRecord } from '../access/merged.entity';
import { ROLES } from '../access/rights';
import type { ShownWith } from '../access/scope';
import { lockName, lockRows } from '../database/locks';
import { assertVersion } from '../events/revision';
import type { Tx } from '../events/write';
import { Refusals, refuse } from '../graphql/errors';
import { moveUp } from '../registry/cohort/capacity';
import { recordCohort } from '../registry/cohort/recording';
import type { Cohort } from '../registry/cohort/cohort.entity';
import { countParticipations } from '../registry/cohort/cohort.reads';
import { setStatus } from '../registry/cohort/delayed-release';
import {
  EarlierNomination,
  Enrolment,
  EnrolmentStatus,
  PARTICIPATING,
} from '../registry/cohort/enrolment.entity';
import { keepReason } from '../registry/correction/correction.actions';
import { InitiativeAuthor } from '../registry/initiative/initiative.entity';
import { keysOf, requireOfficial } from '../registry/official/official.actions';
import { Assignment, EarlierStanding, FormerCode, Official } from '../registry/official/official.entity';
import { Attendance } from '../registry/session/session.entity';
import { isAmong } from '../graphql/enums';
import { personalTables } from './declared';
import { type Conflict, findConflicts, type Findings, type Twice } from './merge-conflicts';
import type { MergeOfficialsInput } from './merge.input';

/**
 * Makes two records of one official one. What the kept record says stays, and what it lacks is taken from the duplicate;
 * posts and enrolments that both have become one. Refuses an official with themself, one who was erased or is out of
 * reach, and conflicts that block: two graduations of one cohort, a post before birth, roles of the duplicate.
 * @param tell called with what does not agree, also before a refusal and of a dry run, which changes nothing.
 */
export async function mergeOfficials(
  tx: Tx,
  input: MergeOfficialsInput,
  tell: (conflicts: Conflict[]) => void,
): Promise<{ official: Official }> {
  const { manager } = tx;
  const { keepId, duplicateId } = input;
  await lockName(manager, ROLES); // or a role might be granted to the duplicate meanwhile
  await lockRows(manager, Official, [keepId, duplicateId], 'change');
  const keep = await requireOfficial(tx, 'official.merge', keepId, ['keepId']);
  if (keepId === duplicateId) {
    refuse('INVALID', ['duplicateId'], {
      vi: 'Không hợp nhất một hồ sơ với chính nó.',
      en: 'A record is not merged with itself.',
    });
  }
  const duplicate = await requireOfficial(tx, 'official.merge', duplicateId, ['duplicateId']);
  assertVersion(keep, input.version);
  const found = await findConflicts(tx, keep, duplicate);
  tell(found.conflicts);
  if (input.dryRun) return { official: keep };
  const refusals = new Refusals();
  for (const { blocks, text } of found.conflicts) if (blocks) refusals.add('CONFLICT', ['duplicateId'], text);
  refusals.throwIfAny();
  await mergePosts(tx, keep, found.posts);
  await mergeEnrolments(tx, keep, duplicate, found);
  await mergeOwn(tx, keep, duplicate, found.dropsStandings);
  await keepReason(tx, { id: keep.id, officialId: keep.id }, 'official.merged', input.reason);
  // Of both ids: who follows the lost one learns what it has become.
  for (const subjectId of [duplicate.id, keep.id])
    tx.record({
      ...{ name: 'official.merged', subjectId },
      changes: [{ field: 'id', from: duplicate.id, to: keep.id }],
    });
  return { official: keep };
}

/** Posts that both hold become one. */
async function mergePosts(tx: Tx, keep: Official, posts: Findings['posts']): Promise<void> {
  const { manager } = tx;
  for (const { becomes, goes } of posts) {
    const before = await manager.findOneByOrFail(Assignment, { id: becomes.id });
    const { isManagerial, validFrom, validTo } = becomes;
    await manager.delete(Assignment, { id: In(goes.map(({ id }) => id)) });
    await manager.update(Assignment, { id: becomes.id }, { isManagerial, validFrom, validTo });
    for (const post of goes) {
      await keepLost(tx, post, becomes.id, keep.id);
      tx.record({
        ...{ name: 'assignment.removed', subjectId: keep.id, unitId: post.unitId },
        changes: (['id', 'unitId', 'positionId', 'validFrom', 'validTo'] as const).map((field) => ({
          ...{ field, from: post[field], to: null },
        })),
      });
    }
    const changes = (['validFrom', 'validTo'] as const)
      .filter((field) => before[field] !== becomes[field])
      .map((field) => ({ field, from: before[field], to: becomes[field] }));
    if (changes.length > 0)
      tx.record({ name: 'assignment.corrected', subjectId: becomes.id, unitId: becomes.unitId, changes });
  }
}

/** Enrolments of the duplicate become the kept official's, and two in one cohort one participation. */
async function mergeEnrolments(
  tx: Tx,
  keep: Official,
  duplicate: Official,
  { cohorts, enrolments }: Findings,
): Promise<void> {
  const before = new Map<Cohort, number>();
  for (const cohort of cohorts) before.set(cohort, await countParticipations(tx, cohort.id));
  for (const pair of enrolments) await mergeEnrolment(tx, keep, pair);
  await tx.manager.update(Enrolment, { officialId: duplicate.id }, { officialId: keep.id });
  for (const [cohort, size] of before) {
    const after = await countParticipations(tx, cohort.id);
    recordCohort(
      tx,
      cohort,
      'enrolment.merged',
      size === after ? [] : [{ field: 'enrolledCount', from: String(size), to: String(after) }],
    );
    if (after < size) await moveUp(tx, cohort);
  }
}

/** What rests on the enrolment that goes is handed to the one that stays; it is kept as a nomination before. */
async function mergeEnrolment(tx: Tx, keep: Official, { stays, goes }: Twice<Enrolment>): Promise<void> {
  const { manager } = tx;
  const ended = isAmong([EnrolmentStatus.DECLINED, EnrolmentStatus.WITHDRAWN], goes.status);
  await setStatus(tx, { id: goes.id }, EnrolmentStatus.WITHDRAWN); // earlier changes are released to figures first
  await mergeAttendance(tx, keep, { stays, goes });
  await manager
    .createQueryBuilder()
    .delete()
    .from(InitiativeAuthor)
    .where('enrolment_id = :goes', { goes: goes.id })
    .andWhere(
      `initiative_id IN (SELECT own.initiative_id FROM initiative_author own WHERE own.enrolment_id = :stays)`,
      { stays: stays.id },
    )
    .execute();
  const earlier = await manager.find(EarlierNomination, {
    where: { enrolmentId: goes.id },
    order: { place: 'ASC' },
  });
  await manager.delete(EarlierNomination, { enrolmentId: goes.id });
  const place = await manager.countBy(EarlierNomination, { enrolmentId: stays.id });
  const last = {
    ...{ nominatedOn: goes.nominatedOn, unitId: goes.unitAtEnrolmentId, category: goes.categoryAtEnrolment },
    ...{ decisionNumber: goes.decisionNumber, decidedOn: goes.decidedOn },
    ...{ status: ended ? goes.status : EnrolmentStatus.WITHDRAWN, endedAt: ended ? goes.updatedAt : tx.now },
  };
  for (const [i, each] of [...earlier, last].entries())
    await manager.insert(EarlierNomination, { ...each, enrolmentId: stays.id, place: place + i + 1 });
  await handOver(tx, Enrolment, goes.id, stays.id);
  await manager.delete(Enrolment, { id: goes.id });
  const told = isAmong(PARTICIPATING, goes.toldStatus) && !isAmong(PARTICIPATING, stays.toldStatus);
  await manager.update(
    Enrolment,
    { id: stays.id },
    {
      ...{ officialId: keep.id, updatedAt: tx.now },
      ...{ createdAt: goes.createdAt < stays.createdAt ? goes.createdAt : stays.createdAt },
      ...{ toldStatus: told ? goes.toldStatus : stays.toldStatus },
    },
  );
  await keepLost(tx, goes, stays.id, keep.id);
}

/** Of a session that both attended, the longer attendance counts. */
async function mergeAttendance(tx: Tx, keep: Official, { stays, goes }: Twice<Enrolment>): Promise<void> {
  const { manager } = tx;
  const own = new Map(
    (await manager.findBy(Attendance, { enrolmentId: stays.id })).map((each) => [each.sessionId, each]),
  );
  for (const lost of await manager.findBy(Attendance, { enrolmentId: goes.id })) {
    const kept = own.get(lost.sessionId);
    if (!kept) continue;
    await manager.delete(Attendance, { id: lost.id });
    await keepLost(tx, lost, kept.id, keep.id);
    if (lost.periods <= kept.periods) continue;
    await manager.update(Attendance, { id: kept.id }, { periods: lost.periods });
    const { cohortId } = stays;
    tx.record({
      ...{ name: 'attendance.corrected', subjectId: kept.id, cohortId },
      changes: [{ field: 'periods', from: String(kept.periods), to: String(lost.periods) }],
    });
  }
}

/** All else that is the duplicate's, and their code, become the kept official's; what that lacks is filled in. */
async function mergeOwn(tx: Tx, keep: Official, duplicate: Official, dropsStandings: boolean): Promise<void> {
  const { manager } = tx;
  const standings = await manager.findBy(EarlierStanding, { officialId: duplicate.id });
  if (dropsStandings) await manager.delete(EarlierStanding, { officialId: duplicate.id });
  await manager
    .createQueryBuilder()
    .delete()
    .from(DataAccessPerson)
    .where('official_id = :lost', { lost: duplicate.id })
    .andWhere(
      `access_id IN (SELECT own.access_id FROM data_access_person own WHERE own.official_id = :kept)`,
      { kept: keep.id },
    )
    .execute();
  for (const { metadata, owner } of personalTables(manager.dataSource, Official.idPrefix)) {
    if (typeof owner === 'string' && owner !== 'id')
      await manager.update(metadata.target, { [owner]: duplicate.id }, { [owner]: keep.id });
  }
  await handOver(tx, Official, duplicate.id, keep.id);
  await manager.delete(Official, { id: duplicate.id });
  const { search: _search, nameKey: _nameKey, codeKey: _codeKey, ...was } = duplicate;
  const lost = { ...was, standings };
  await keepLost(tx, lost, keep.id, keep.id);
  const key = codeKey(duplicate.code);
  const former = { codeKey: key, code: duplicate.code, officialId: keep.id, until: tx.now };
  if (key !== codeKey(keep.code)) await manager.insert(FormerCode, former);
  const birth = keep.dateOfBirth === null ? duplicate : keep;
  const codes = await manager.findBy(FormerCode, { officialId: keep.id });
  Object.assign(keep, {
    ...{ gender: keep.gender ?? duplicate.gender, email: keep.email ?? duplicate.email },
    ...{ grade: keep.grade ?? duplicate.grade, codeKey: codeKey(keep.code), version: keep.version + 1 },
    ...{ dateOfBirth: birth.dateOfBirth, dateOfBirthPrecision: birth.dateOfBirthPrecision },
    keepingUnitId: keep.keepingUnitId ?? duplicate.keepingUnitId,
    givenName: keep.givenName ?? (keep.fullName === duplicate.fullName ? duplicate.givenName : null),
    ...keysOf(keep, ...codes.map(({ code }) => code)),
  });
  await manager.update(Official, { id: keep.id }, keep);
}

/** Whatever refers to a lost record refers to the kept one: rows with a foreign key, and those shown with it. */
async function handOver<T extends ObjectLiteral>(
  { manager }: Tx,
  entity: EntityTarget<T>,
  from: string,
  to: string,
): Promise<void> {
  for (const { target, foreignKeys } of manager.dataSource.entityMetadatas) {
    const columns = foreignKeys
      .filter(({ referencedEntityMetadata }) => referencedEntityMetadata.target === entity)
      .map((key) => key.columns[0]!.propertyName);
    const { shownWith } = target as Partial<ShownWith>;
    for (const column of [...columns, ...(shownWith ? [shownWith] : [])])
      await manager.update(target, { [column]: from }, { [column]: to });
  }
}

const keepLost = (tx: Tx, { id, ...was }: { id: string } & object, intoId: string, personId: string) =>
  tx.manager.insert(MergedRecord, { id, intoId, personId, mergedAt: tx.now, was });
