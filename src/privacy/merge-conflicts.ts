// What two records of one official say that does not agree, found before they are merged.
import { In, IsNull } from 'typeorm';
import type { Tx } from '../events/write';
import type { Text } from '../lib/locale';
import { lockRows } from '../database/locks';
import { overlap } from '../lib/dates';
import { Cohort } from '../registry/cohort/cohort.entity';
import { Enrolment, EnrolmentStatus } from '../registry/cohort/enrolment.entity';
import { ServiceCommitment } from '../registry/commitment/commitment.entity';
import { countGrants, subjectsOf } from '../registry/grant/grant.actions';
import { Graduate } from '../registry/graduate/graduate.entity';
import { Assignment, EarlierStanding, type Official } from '../registry/official/official.entity';
import { UNBORN } from '../registry/official/birth';
import { MergeConflictCode } from './merge.input';

/** A conflict, in both languages. */
export interface Conflict {
  code: MergeConflictCode;
  blocks: boolean;
  text: Text;
  field: string | null;
  recordIds: string[];
}

/** Of two records that are of the same thing, the one that stays and the one that goes. */
export interface Twice<T> {
  stays: T;
  goes: T;
}

/** What is merged beside the two records of the official. */
export interface Findings {
  conflicts: Conflict[];
  /** Cohorts that the duplicate is or was in, locked. */
  cohorts: Cohort[];
  enrolments: Twice<Enrolment>[];
  /** Posts that become one, with the period and the rest of it as it will be. */
  posts: { becomes: Assignment; goes: Assignment[] }[];
  /** Whether the duplicate's earlier standings go, as the kept record has its own. */
  dropsStandings: boolean;
}

const FIELDS = {
  fullName: { vi: 'Họ và tên', en: 'The name' },
  category: { vi: 'Đối tượng', en: 'The category' },
  gender: { vi: 'Giới tính', en: 'The gender' },
  dateOfBirth: { vi: 'Ngày sinh', en: 'The date of birth' },
  email: { vi: 'Thư điện tử', en: 'The e-mail' },
  grade: { vi: 'Ngạch', en: 'The rank' },
  givenName: { vi: 'Tên', en: 'The given name' },
} satisfies Partial<Record<keyof Official, Text>>;

/** The states of an enrolment, from that which led least far. */
const FAR: readonly EnrolmentStatus[] = [
  EnrolmentStatus.DECLINED,
  EnrolmentStatus.WITHDRAWN,
  EnrolmentStatus.NOMINATED,
  EnrolmentStatus.WAITLISTED,
  EnrolmentStatus.ACCEPTED,
  EnrolmentStatus.STUDYING,
  EnrolmentStatus.NOT_COMPLETED,
  EnrolmentStatus.COMPLETED,
];

/** Reads and locks what both records have, and says what does not agree. */
export async function findConflicts(tx: Tx, keep: Official, duplicate: Official): Promise<Findings> {
  const { manager } = tx;
  const sent = await manager.findBy(Enrolment, { officialId: duplicate.id });
  const cohortIds = [...new Set(sent.map(({ cohortId }) => cohortId))];
  await lockRows(manager, Cohort, cohortIds, 'change');
  const cohorts = await manager.findBy(Cohort, { id: In(cohortIds) });
  const enrolments = await enrolmentsOfBoth(tx, keep, duplicate, cohortIds);
  const posts = await postsOfBoth(tx, keep, duplicate);
  const [theirs, own] = [
    await manager.countBy(EarlierStanding, { officialId: duplicate.id }),
    await manager.countBy(EarlierStanding, { officialId: keep.id }),
  ];
  const conflicts = [
    ...fieldsThatDiffer(keep, duplicate),
    ...(theirs > 0 && own > 0 ? [standingsDiffer(keep, duplicate)] : []),
    ...posts.map(samePost),
    ...(await inOneCohort(tx, enrolments, cohorts)),
    ...(await bornTooLate(tx, keep, duplicate)),
    ...(await stillHoldsRoles(tx, duplicate)),
  ];
  return { conflicts, cohorts, enrolments, posts, dropsStandings: own > 0 };
}

function fieldsThatDiffer(keep: Official, duplicate: Official): Conflict[] {
  return (Object.keys(FIELDS) as (keyof typeof FIELDS)[])
    .filter((field) => keep[field] !== null && duplicate[field] !== null && keep[field] !== duplicate[field])
    .map((field) => ({
      ...{ code: MergeConflictCode.FIELD_DIFFERS, blocks: false, field, recordIds: [keep.id, duplicate.id] },
      text: {
        vi: `${FIELDS[field].vi} khác nhau; giữ theo hồ sơ giữ lại.`,
        en: `${FIELDS[field].en} differs; that of the kept record stays.`,
      },
    }));
}

const standingsDiffer = (keep: Official, duplicate: Official): Conflict => ({
  ...{ code: MergeConflictCode.STANDINGS_DIFFER, blocks: false, field: null },
  recordIds: [keep.id, duplicate.id],
  text: {
    vi: 'Cả hai hồ sơ đều có đối tượng, ngạch trước đây; giữ theo hồ sơ giữ lại.',
    en: 'Both records have categories and ranks of the past; those of the kept record stay.',
  },
});

async function enrolmentsOfBoth(
  { manager }: Tx,
  keep: Official,
  duplicate: Official,
  cohortIds: string[],
): Promise<Twice<Enrolment>[]> {
  const both = await manager.findBy(Enrolment, {
    cohortId: In(cohortIds),
    officialId: In([keep.id, duplicate.id]),
  });
  return both.flatMap((goes) => {
    if (goes.officialId !== duplicate.id) return [];
    const stays = both.find(
      ({ officialId, cohortId }) => officialId === keep.id && cohortId === goes.cohortId,
    );
    if (!stays) return [];
    const led = ({ status }: Enrolment) => FAR.indexOf(status);
    return [led(goes) > led(stays) ? { stays: goes, goes: stays } : { stays, goes }];
  });
}

async function inOneCohort(tx: Tx, twice: Twice<Enrolment>[], cohorts: Cohort[]): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const { stays, goes } of twice) {
    const { code } = cohorts.find(({ id }) => id === stays.cohortId)!;
    const enrolmentId = In([stays.id, goes.id]);
    const graduated = await tx.manager.countBy(Graduate, { enrolmentId, revokedAt: IsNull() });
    const committed = await tx.manager.countBy(ServiceCommitment, { enrolmentId });
    const about = { field: null, recordIds: [stays.id, goes.id] };
    if (graduated > 1) {
      conflicts.push({
        ...{ ...about, code: MergeConflictCode.BOTH_GRADUATED, blocks: true },
        text: {
          vi: `Cả hai đều đã được ghi nhận hoàn thành lớp ${code}. Nếu là một người, vui lòng thu hồi một lần trước.`,
          en: `Both graduated from the cohort ${code}. If they are one person, revoke one graduation first.`,
        },
      });
    } else if (committed > 1) {
      conflicts.push({
        ...{ ...about, code: MergeConflictCode.BOTH_COMMITTED, blocks: true },
        text: {
          vi: `Cả hai đều có cam kết phục vụ cho lớp ${code}.`,
          en: `Both have a commitment to service for the cohort ${code}.`,
        },
      });
    } else {
      conflicts.push({
        ...{ ...about, code: MergeConflictCode.SAME_COHORT, blocks: false },
        text: {
          vi: `Cả hai có tên trong lớp ${code}; chỉ tính một lượt.`,
          en: `Both are in the cohort ${code}; one participation is counted.`,
        },
      });
    }
  }
  return conflicts;
}

/** Posts of the duplicate that overlap one of the kept record at the same unit in the same position. */
async function postsOfBoth({ manager }: Tx, keep: Official, duplicate: Official): Promise<Findings['posts']> {
  const order = { validFrom: 'ASC', id: 'ASC' } as const;
  const own = await manager.find(Assignment, { where: { officialId: keep.id }, order });
  const theirs = await manager.find(Assignment, { where: { officialId: duplicate.id }, order });
  const merged = new Map<string, { becomes: Assignment; goes: Assignment[] }>();
  let left = own;
  for (const post of theirs) {
    const [stays, ...more] = left.filter(
      (each) => each.unitId === post.unitId && each.positionId === post.positionId && overlap(each, post),
    );
    if (!stays) continue;
    const parts = [stays, ...more, post];
    const ends = parts.map(({ validTo }) => validTo);
    const becomes = manager.create(Assignment, {
      ...stays,
      isManagerial: parts.some(({ isManagerial }) => isManagerial),
      validFrom: parts.map(({ validFrom }) => validFrom).sort()[0]!,
      validTo: ends.includes(null) ? null : ends.sort().at(-1)!,
    });
    const before = parts.flatMap(({ id }) => merged.get(id)?.goes ?? []);
    for (const { id } of more) merged.delete(id);
    const originals = [...own, ...theirs].filter(
      ({ id }) => id === post.id || more.some((each) => each.id === id),
    );
    merged.set(stays.id, { becomes, goes: [...before, ...originals] });
    left = [becomes, ...left.filter((each) => !parts.includes(each))];
  }
  return [...merged.values()];
}

const samePost = ({ becomes, goes }: Findings['posts'][number]): Conflict => ({
  ...{ code: MergeConflictCode.SAME_POST, blocks: false, field: null },
  recordIds: [becomes.id, ...goes.map(({ id }) => id)],
  text: {
    vi: `Cùng chức danh tại cùng đơn vị; gộp thành một, từ ${becomes.validFrom} đến ${becomes.validTo ?? 'nay'}.`,
    en: `The same position at the same unit; it becomes one, from ${becomes.validFrom} to ${becomes.validTo ?? 'now'}.`,
  },
});

async function bornTooLate({ manager }: Tx, keep: Official, duplicate: Official): Promise<Conflict[]> {
  const born = keep.dateOfBirth ?? duplicate.dateOfBirth;
  if (born === null) return [];
  const posts = await manager.findBy(Assignment, { officialId: In([keep.id, duplicate.id]) });
  const early = posts.filter(({ validFrom }) => validFrom < born);
  if (early.length === 0) return [];
  const recordIds = early.map(({ id }) => id);
  return [
    { code: MergeConflictCode.BEFORE_BIRTH, blocks: true, field: 'dateOfBirth', recordIds, text: UNBORN },
  ];
}

/** A role would pass to whoever acts as the kept record. */
async function stillHoldsRoles({ manager }: Tx, { id }: Official): Promise<Conflict[]> {
  const held = await countGrants(manager, id, await subjectsOf(manager, id));
  if (held === 0) return [];
  return [
    {
      ...{ code: MergeConflictCode.ROLE_HELD, blocks: true, field: null, recordIds: [id] },
      text: {
        vi: `Hồ sơ trùng còn ${held} quyền được cấp. Vui lòng thu hồi trước khi hợp nhất.`,
        en: `${held} grants name the duplicate. Revoke them before merging.`,
      },
    },
  ];
}
