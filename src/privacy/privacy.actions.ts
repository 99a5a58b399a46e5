// How is a person's identity erased, and what is held about them? The figures stay as they were.
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { In, IsNull, Not } from 'typeorm';
import type { Actor } from '../access/actor';
import { DataAccess, DataAccessPerson } from '../access/data-access.entity';
import { AnsweredMutation, LoggedEvent } from '../events/event.entity';
import { ROLES } from '../access/rights';
import type { Tx } from '../events/write';
import { refuse } from '../graphql/errors';
import { lockName, lockRows } from '../database/locks';
import { searchText } from '../database/search';
import { isIn } from '../lib/sql';
import { personKey } from '../lib/vietnamese';
import { Cohort } from '../registry/cohort/cohort.entity';
import { ServiceCommitment } from '../registry/commitment/commitment.entity';
import { Enrolment } from '../registry/cohort/enrolment.entity';
import { Graduate, ThesisTopic } from '../registry/graduate/graduate.entity';
import { RoleGrant } from '../registry/grant/grant.entity';
import { FollowUp } from '../registry/initiative/follow-up.entity';
import { Initiative, InitiativeAuthor } from '../registry/initiative/initiative.entity';
import { requireOfficial } from '../registry/official/official.actions';
import { Assignment, codeKey, Official } from '../registry/official/official.entity';
import { Position } from '../registry/position/position.entity';
import { RequirementExemption } from '../registry/requirement/requirement.entity';
import { Attendance } from '../registry/session/session.entity';
import { Source } from '../registry/source/source.entity';
import { Topic } from '../registry/topic/topic.entity';
import { Unit } from '../registry/unit/unit.entity';
import { University } from '../registry/university/university.entity';
import { about } from './audit';
import type { EraseOfficialInput } from './privacy.input';

const PSEUDONYM = 'Đã ẩn danh';
/** What is left of a source that may name somebody. */
const NAMELESS = { title: PSEUDONYM, publisher: null, publishedOn: null, link: null };

/**
 * Puts a pseudonym in the place of a person, for good. Posts, enrolments and graduations stay with their units and
 * days, so that every figure stays; numbers, titles and what they wrote of themselves, by which somebody could be
 * looked up, go. What they did and read stays told of one and the same pseudonym. Refuses the caller themselves, and
 * whoever still holds a role, as an official or as the subject of a token, or was erased already.
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
  const held = await manager.countBy(RoleGrant, [
    { officialId: official.id, revokedAt: IsNull() },
    { subject: In(subjects), revokedAt: IsNull() },
  ]);
  if (held > 0) {
    refuse('CONFLICT', ['officialId'], {
      vi: `Người này, hoặc chủ thể của mã truy cập của họ, còn ${held} phân quyền. Hãy thu hồi trước khi ẩn danh.`,
      en: `${held} grants name this official, or the subject of their tokens. Revoke them before erasing the identity.`,
    });
  }
  const code = `an-danh-${official.id.slice(official.id.indexOf('_') + 1)}`;
  Object.assign(official, {
    code,
    codeKey: codeKey(code),
    fullName: PSEUDONYM,
    gender: null,
    dateOfBirth: null,
    email: null,
    grade: null,
    erasedAt: tx.now,
    version: official.version + 1,
    search: searchText(PSEUDONYM, code),
    nameKey: personKey(PSEUDONYM),
  });
  await manager.update(Official, { id: official.id }, official);
  const graduates = await manager.findBy(Graduate, { officialId: official.id });
  for (const { id, thesisKind } of graduates) {
    await manager.update(
      Graduate,
      { id },
      {
        credentialNumber: null,
        revocationReason: null,
        thesisTitle: thesisKind && PSEUDONYM,
        thesisLocalProblem: null,
      },
    );
  }
  await manager.update(
    RequirementExemption,
    { officialId: official.id },
    { reason: PSEUDONYM, revocationReason: null },
  );
  await manager.update(FollowUp, { officialId: official.id }, { how: null });
  await eraseProposals(manager, official.id);
  await manager.update(Source, { officialId: official.id }, NAMELESS);
  const named = { officialId: official.id };
  await manager.update(RoleGrant, named, { revocationReason: null });
  await manager.update(RoleGrant, { ...named, subject: Not(IsNull()) }, { subject: code });
  for (const subject of subjects) await eraseSubject(manager, subject, code);
  tx.record({ name: 'official.erased', subjectId: official.id });
  return { official };
}

/**
 * Who a token says this person is, as far as it was granted to be them and nobody else: a subject that was granted to
 * several, perhaps by mistake, does not tell whose deeds it did.
 */
async function subjectsOf(manager: EntityManager, officialId: string): Promise<string[]> {
  const rows = await manager
    .createQueryBuilder()
    .select('DISTINCT held.subject', 'subject')
    .from('role_grant', 'held')
    .where('held.official_id = :officialId AND held.subject IS NOT NULL', { officialId })
    .andWhere(
      `NOT EXISTS (SELECT 1 FROM role_grant other
      WHERE other.subject = held.subject AND other.official_id <> held.official_id)`,
    )
    .getRawMany<{ subject: string }>();
  return rows.map(({ subject }) => subject);
}

/** Puts a pseudonym in the place of a subject, which often is a name or an address, wherever it is on record. */
async function eraseSubject(manager: EntityManager, subject: string, pseudonym: string): Promise<void> {
  await manager.update(RoleGrant, { subject }, { subject: pseudonym, revocationReason: null });
  await manager.update(LoggedEvent, { actor: subject }, { actor: pseudonym });
  await manager.update(DataAccess, { subject }, { subject: pseudonym });
  // Under one name, the keys of two subjects could meet; and whoever holds no role any more asks for no answer again.
  await manager.delete(AnsweredMutation, { actor: subject });
}

/**
 * What this person proposed loses its words and what its sources say: of their thesis, and where nobody else is left who wrote it. Where it was
 * proposed and what the unit made of it is the unit's record, and stays.
 */
async function eraseProposals(manager: EntityManager, officialId: string): Promise<void> {
  const ofThesis = 'initiative.graduate_id IN (SELECT id FROM graduate WHERE official_id = :officialId)';
  const authored = `initiative.id IN (SELECT author.initiative_id FROM initiative_author author
    JOIN enrolment part ON part.id = author.enrolment_id WHERE part.official_id = :officialId)`;
  const othersLeft = `EXISTS (SELECT 1 FROM initiative_author author JOIN enrolment part ON part.id = author.enrolment_id
    JOIN official who ON who.id = part.official_id
    WHERE author.initiative_id = initiative.id AND who.erased_at IS NULL)`;
  const find = (condition: string) =>
    manager.createQueryBuilder(Initiative, 'initiative').where(condition, { officialId }).getMany();
  const own = await find(`${ofThesis} OR ${authored}`);
  // Of two authors that are erased at once, the second must see that the first is gone.
  await lockRows(
    manager,
    Initiative,
    own.map(({ id }) => id),
    'change',
  );
  for (const { id } of await find(`${ofThesis} OR (${authored} AND NOT ${othersLeft})`)) {
    // A cohort proposes no title twice, and this one has none any more.
    const words = { title: PSEUDONYM, localProblem: PSEUDONYM, titleKey: id };
    await manager.update(Initiative, { id }, words);
    await manager.update(Source, { subjectId: id }, NAMELESS);
  }
}

/**
 * Everything that is held about a person, for themselves: their record, posts, participations with what they attended,
 * service owed, graduations, follow-ups, initiatives, exemptions, roles and sources, what was changed of them and of
 * their classes, who read of them, and what they did and read as the subject of a token.
 * @param subject one who is known to be them, beside those granted to be.
 */
export async function personalData(
  manager: EntityManager,
  official: Official,
  subject: string | null,
): Promise<object> {
  const officialId = official.id;
  const assignments = await manager.findBy(Assignment, { officialId });
  const enrolments = await manager.findBy(Enrolment, { officialId });
  const commitments = await manager.findBy(ServiceCommitment, { officialId });
  const graduations = await manager.findBy(Graduate, { officialId });
  const thesisTopics = await manager.findBy(ThesisTopic, {
    graduateId: In(graduations.map(({ id }) => id)),
  });
  const topics = await manager.findBy(Topic, { id: In(thesisTopics.map(({ topicId }) => topicId)) });
  const topicNames = new Map(topics.map(({ id, name }) => [id, name]));
  const followUps = await manager.findBy(FollowUp, { officialId });
  const authored = await manager.findBy(InitiativeAuthor, {
    enrolmentId: In(enrolments.map(({ id }) => id)),
  });
  const initiatives = await manager.findBy(Initiative, {
    id: In(authored.map(({ initiativeId }) => initiativeId)),
  });
  const roles = await manager.findBy(RoleGrant, { officialId });
  const attendance = await inChunks(
    enrolments.map(({ id }) => id),
    (ids) => manager.findBy(Attendance, { enrolmentId: In(ids) }),
  );
  const exemptions = await manager.findBy(RequirementExemption, { officialId });
  const sources = await manager.findBy(Source, { officialId });
  const seen = await manager.findBy(DataAccessPerson, { officialId });
  const reads = await inChunks(
    seen.map(({ accessId }) => accessId),
    (ids) => manager.findBy(DataAccess, { id: In(ids) }),
  );
  const changes = await inPages(
    manager
      .createQueryBuilder(LoggedEvent, 'entry')
      .where(...about([officialId]).named())
      .orderBy('entry.seq'),
  );
  const subjects = [...(await subjectsOf(manager, officialId)), ...(subject === null ? [] : [subject])];
  const acts = await inPages(
    manager
      .createQueryBuilder(LoggedEvent, 'entry')
      .where(...isIn('entry.actor', subjects).named())
      .orderBy('entry.seq'),
  );
  const ownReads = await inPages(
    manager
      .createQueryBuilder(DataAccess, 'entry')
      .where(...isIn('entry.subject', subjects).named())
      .orderBy('entry.occurredAt')
      .addOrderBy('entry.id'),
  );
  const unit = await namesOf(manager, Unit, [
    ...assignments.map(({ unitId }) => unitId),
    ...enrolments.map(({ unitAtEnrolmentId }) => unitAtEnrolmentId),
    ...roles.map(({ unitId }) => unitId),
  ]);
  const cohort = await namesOf(
    manager,
    Cohort,
    enrolments.map(({ cohortId }) => cohortId),
  );
  const university = await namesOf(
    manager,
    University,
    roles.map(({ universityId }) => universityId),
  );
  const positions = await manager.findBy(Position, { id: In(assignments.map((each) => each.positionId)) });
  const titles = new Map(positions.map(({ id, title }) => [id, title]));
  const { search: _search, codeKey: _codeKey, nameKey: _nameKey, ...record } = official;
  return {
    official: record,
    assignments: assignments.map((each) => ({
      ...each,
      unit: unit(each.unitId),
      position: titles.get(each.positionId),
    })),
    enrolments: enrolments.map((each) => ({
      ...each,
      cohort: cohort(each.cohortId),
      unitAtEnrolment: unit(each.unitAtEnrolmentId),
    })),
    serviceCommitments: commitments,
    graduations: graduations.map((each) => ({
      ...each,
      thesisTopics: thesisTopics
        .filter(({ graduateId }) => graduateId === each.id)
        .map(({ topicId }) => topicNames.get(topicId)),
    })),
    attendance,
    exemptions,
    followUps,
    // From whose thesis one comes is for those to know who see that graduate.
    initiatives: initiatives.map(({ titleKey: _titleKey, graduateId, ...each }) => ({
      ...each,
      graduateId: graduations.some(({ id }) => id === graduateId) ? graduateId : null,
    })),
    roles: roles.map((each) => ({
      ...each,
      unit: unit(each.unitId),
      university: university(each.universityId),
    })),
    sources,
    changes: changes.map(({ name, occurredAt, subjectId, changes }) => ({
      name,
      occurredAt,
      recordId: subjectId,
      changes,
    })),
    reads: reads.sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime()),
    // Of what they did and read, not what it was: that may be about others, whom they need not see any more.
    changesMade: acts.map(({ name, actor, occurredAt, request, subjectId }) => ({
      ...{ name, subject: actor, occurredAt },
      ...{ recordId: subjectId, requestId: request },
    })),
    readsMade: ownReads,
  };
}

const CHUNK = 500;

/** All rows, some at a time: thousands made objects of at once would leave nobody else a turn. */
async function inPages<T extends object>(rows: SelectQueryBuilder<T>): Promise<T[]> {
  const found: T[] = [];
  for (let some = CHUNK; some === CHUNK;) {
    const page = await rows.clone().offset(found.length).limit(CHUNK).getMany();
    found.push(...page);
    some = page.length;
  }
  return found;
}

/** A database takes only so many parameters in one statement. */
async function inChunks<T>(ids: string[], read: (ids: string[]) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (let i = 0; i < ids.length; i += CHUNK) found.push(...(await read(ids.slice(i, i + CHUNK))));
  return found;
}

async function namesOf(
  manager: EntityManager,
  entity: new () => { id: string; name: string },
  ids: (string | null)[],
): Promise<(id: string | null) => string | null> {
  const rows = await manager.findBy<{ id: string; name: string }>(entity, {
    id: In([...new Set(ids.filter((id) => id !== null))]),
  });
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return (id) => (id && names.get(id)) ?? null;
}
