// Nominations: which officials are sent to a cohort, as of which day, and what of them is frozen then.
import { In } from 'typeorm';
import { idsWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import { inWords, isAmong } from '../../graphql/enums';
import { insertAll } from '../../database/insert-all';
import { NAMED_TWICE, type Path, Refusals, refuse } from '../../graphql/errors';
import type { Text } from '../../lib/locale';
import { newId } from '../../lib/ids';
import { requireCohort } from './cohort.actions';
import { type Cohort, CohortStatus } from './cohort.entity';
import { ERASED, NO_OFFICIAL } from '../official/official.actions';
import { inForceOn, latestOf } from '../official/post';
import { Assignment, Official } from '../official/official.entity';
import { standingsOn } from '../official/standings';
import { assertHappened } from '../unit/unit.actions';
import { Unit } from '../unit/unit.entity';
import { EarlierNomination, Enrolment, EnrolmentStatus } from './enrolment.entity';
import type { NominateOfficialsInput } from './enrolment.input';
import { setStatus } from './delayed-release';
import { recordCohort } from './recording';
import { refuseBeyondSeats } from './seats.actions';

const { NOMINATED, DECLINED, WITHDRAWN } = EnrolmentStatus;

/**
 * Nominates officials for a cohort, all or none, as of a day: unit, category and rank of each are those of that day, and
 * stay. One who was declined or has withdrawn is nominated again: the same enrolment, with the nomination before kept.
 * Refuses a day after the last one for nominations, and more officials of a unit than it has seats. Warns of a day after
 * the first one of the class.
 */
export async function nominateOfficials(
  tx: Tx,
  input: NominateOfficialsInput,
): Promise<{ enrolments: Enrolment[] }> {
  assertHappened(tx, input.asOf, 'asOf');
  const cohort = await requireCohort(tx, input.cohortId, ['cohortId']);
  if (cohort.status !== CohortStatus.ENROLLING) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${inWords('CohortStatus', cohort.status)}; chỉ cử người vào lớp đang chiêu sinh.`,
      en: `The cohort ${cohort.code} is ${cohort.status}; only one that is ENROLLING takes nominations.`,
    });
  }
  const day = input.asOf ?? tx.today;
  refuseTooLate(cohort, day, [input.asOf ? 'asOf' : 'cohortId']);
  warnOfFirstDay(tx, cohort, input);
  const nominees = await nomineesOf(tx, cohort, input.officialIds, day);
  await refuseBeyondSeats(
    tx,
    cohort,
    nominees.map(({ unitAtEnrolmentId }) => unitAtEnrolmentId),
  );
  const enrolments = nominees.map(({ earlier, official, ...frozen }) =>
    tx.manager.create(Enrolment, {
      id: newId(Enrolment.idPrefix),
      officialId: official.id,
      cohortId: cohort.id,
      toldStatus: NOMINATED,
      waitingNumber: null,
      createdAt: tx.now,
      ...earlier,
      ...frozen,
      decisionNumber: null,
      decidedOn: null,
      status: NOMINATED,
      updatedAt: tx.now,
    }),
  );
  await insertAll(
    tx.manager,
    Enrolment,
    enrolments.filter((_, i) => !nominees[i]!.earlier),
  );
  const again = nominees.flatMap(({ earlier }) => earlier ?? []);
  for (const earlier of again)
    await nominateAgain(
      tx,
      earlier,
      enrolments.find(({ id }) => id === earlier.id)!,
    );
  recordCohort(tx, cohort, 'enrolment.nominated', [
    { field: 'nominated', from: null, to: String(enrolments.length) },
    ...(again.length > 0 ? [{ field: 'nominatedAgain', from: null, to: String(again.length) }] : []),
  ]);
  return { enrolments };
}

/**
 * The day of the nomination counts, not that of its entry: what was sent in time may be entered later, as the rest of
 * the past, and the event and `createdAt` tell when it was.
 */
function refuseTooLate({ code, nominationsUntil }: Cohort, day: string, path: Path): void {
  if (nominationsUntil === null || day <= nominationsUntil) return;
  refuse('ILLEGAL_TRANSITION', path, {
    vi: `Lớp ${code} nhận danh sách cử người đến hết ngày ${nominationsUntil}. Vui lòng đề nghị đơn vị tổ chức gia hạn.`,
    en: `The cohort ${code} took nominations until ${nominationsUntil}. Ask the unit that hosts it for another day.`,
  });
}

/**
 * Without a day of the nomination, only a class that goes on by its dates is late: one that has ended, or whose last day
 * nobody set, is entered after the fact.
 */
function warnOfFirstDay(tx: Tx, { code, startsOn, endsOn }: Cohort, { asOf }: NominateOfficialsInput): void {
  const goesOn = endsOn !== null && tx.today <= endsOn;
  if ((asOf ?? tx.today) <= startsOn || (!asOf && !goesOn)) return;
  tx.warn({
    code: 'PAST_FIRST_DAY',
    path: [asOf ? 'asOf' : 'cohortId'],
    text: {
      vi: `Lớp ${code} khai giảng ngày ${startsOn}, trước ngày cử. Nếu người này đến học muộn hoặc được cử trước ngày đó, vui lòng xác nhận hoặc ghi đúng ngày cử (asOf).`,
      en: `The cohort ${code} began on ${startsOn}, before the day of the nomination. Confirm it, or say on which day it was made (asOf).`,
    },
  });
}

/** What is frozen of an official who is nominated, and the enrolment they have in the cohort from before. */
type Nominee = Pick<
  Enrolment,
  'unitAtEnrolmentId' | 'categoryAtEnrolment' | 'gradeAtEnrolment' | 'nominatedOn'
> & {
  official: Official;
  earlier: Enrolment | undefined;
};

/**
 * The officials of a nomination. Refuses, each at its place in the list, who is out of reach, erased, named twice, in
 * the cohort already, or without a post at a unit that existed on that day.
 */
async function nomineesOf(tx: Tx, cohort: Cohort, ids: string[], day: string): Promise<Nominee[]> {
  const { manager } = tx;
  const staff = tx.scope('enrolment.nominate').staffOn('own.id', day);
  const within = await idsWithin(manager, Official, ids, staff);
  const found = await manager.findBy(Official, { id: In([...within]) });
  const officials = new Map(found.map((each) => [each.id, each]));
  const enrolled = await manager.findBy(Enrolment, { cohortId: cohort.id, officialId: In(ids) });
  const enrolmentOf = new Map(enrolled.map((each) => [each.officialId, each]));
  const units = await unitsOn(tx, ids, day);
  const standings = await standingsOn(tx, found, day);
  const refusals = new Refusals();
  const nominees: Nominee[] = [];
  for (const [i, id] of ids.entries()) {
    const path = ['officialIds', i];
    const official = officials.get(id);
    const unitAtEnrolmentId = units.get(id);
    const earlier = enrolmentOf.get(id);
    if (!official) refusals.add('NOT_FOUND', path, NO_OFFICIAL);
    else if (official.erasedAt !== null) refusals.add('NOT_ELIGIBLE', path, ERASED);
    else if (ids.indexOf(id) !== i) refusals.add('ALREADY_EXISTS', path, NAMED_TWICE);
    else if (earlier && !isAmong([DECLINED, WITHDRAWN], earlier.status)) {
      refusals.add('ALREADY_EXISTS', path, {
        vi: 'Cán bộ này đã có tên trong lớp này.',
        en: 'This official is in this cohort already.',
      });
    } else if (!unitAtEnrolmentId) refusals.add('NOT_ELIGIBLE', path, whyNoUnit(tx, day));
    else {
      const { category, grade } = standings.get(id)!;
      const frozen = { unitAtEnrolmentId, categoryAtEnrolment: category, gradeAtEnrolment: grade };
      nominees.push({ official, earlier, ...frozen, nominatedOn: day });
    }
  }
  refusals.throwIfAny();
  return nominees;
}

function whyNoUnit(tx: Tx, day: string): Text {
  if (day === tx.today) {
    return {
      vi: 'Cán bộ này hiện không công tác tại đơn vị nào đang hoạt động. Hãy bố trí công tác trước.',
      en: 'This official holds no post at an open unit today. Assign one first.',
    };
  }
  return {
    vi: `Ngày ${day} cán bộ này không công tác tại đơn vị nào. Hãy bổ sung quá trình công tác trước.`,
    en: `This official held no post at any unit on ${day}. Enter that post first.`,
  };
}

/** Keeps a nomination that was declined or withdrawn, and puts the new one in its place. */
async function nominateAgain(tx: Tx, earlier: Enrolment, enrolment: Enrolment): Promise<void> {
  const { manager } = tx;
  const enrolmentId = earlier.id;
  await manager.insert(EarlierNomination, {
    enrolmentId,
    place: 1 + (await manager.countBy(EarlierNomination, { enrolmentId })),
    nominatedOn: earlier.nominatedOn,
    unitId: earlier.unitAtEnrolmentId,
    category: earlier.categoryAtEnrolment,
    decisionNumber: earlier.decisionNumber,
    decidedOn: earlier.decidedOn,
    status: earlier.status,
    endedAt: earlier.updatedAt,
  });
  await setStatus(tx, { id: enrolmentId }, NOMINATED);
  const { unitAtEnrolmentId, categoryAtEnrolment, gradeAtEnrolment, nominatedOn } = enrolment;
  const frozen = { unitAtEnrolmentId, categoryAtEnrolment, gradeAtEnrolment, nominatedOn };
  const undecided = { decisionNumber: null, decidedOn: null };
  await manager.update(Enrolment, { id: enrolmentId }, { ...frozen, ...undecided });
}

/** The unit of each official on a day; officials without a post in force are left out. */
async function unitsOn(tx: Tx, officialIds: string[], day: string): Promise<Map<string, string>> {
  const posts = await tx.manager.findBy(Assignment, { officialId: In(officialIds) });
  const units = await tx.manager.findBy(Unit, { id: In(posts.map(({ unitId }) => unitId)) });
  const unitOf = new Map(units.map((unit) => [unit.id, unit]));
  const inForce = posts.filter((post) => inForceOn(post, unitOf.get(post.unitId)!, day));
  const found = new Map<string, string>();
  for (const id of officialIds) {
    const post = latestOf(inForce.filter(({ officialId }) => officialId === id));
    if (post) found.set(id, post.unitId);
  }
  return found;
}
