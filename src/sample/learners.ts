// Enrolments of the sample: learners chosen at random among the officials in a fitting post on the first day.
import { idFromName } from '../lib/ids';
import { type Cohort, CohortStatus } from '../registry/cohort/cohort.entity';
import { type Enrolment, EnrolmentStatus } from '../registry/cohort/enrolment.entity';
import { ProgrammeKind } from '../registry/programme/programme.enums';
import { isDistrictLevel } from './audiences';
import type { RowOf } from './bulk-insert';
import { type Person, type Post, postOn } from './careers';
import { type CohortPlan, earlier, graduationDay, instant, LAST_REGISTRATION, shift } from './cohorts';
import { Random } from './random';
import { isWardLevel, type SampleUnits } from './units';

interface Candidate {
  person: Person;
  post: Post;
}

const { NOMINATED, ACCEPTED, DECLINED, STUDYING, COMPLETED, NOT_COMPLETED, WITHDRAWN } = EnrolmentStatus;
const SHARE_OF_PREFERRED = 0.8;
const MOST_DROPOUTS = 0.06;

/** The officials who may be sent to a programme, in random order, and whose turn is next. */
interface Queue {
  people: Person[];
  next: number;
}

/** Fills cohorts one after the other; they must come in the order of their first days. */
export class LearnerRegister {
  private readonly random = new Random('learners');
  private readonly busyUntil = new Map<Person, string>();
  /** Officials who study for a master's, or have one, are not sent to another. */
  private readonly masters = new Set<Person>();
  private readonly queues = new Map<string, Queue>();
  private readonly byDistrict = new Map<string, Person[]>();

  constructor(
    private readonly people: Person[],
    private readonly units: SampleUnits,
  ) {
    for (const person of people) {
      const { unit } = person.posts[0]!;
      const district = isWardLevel(unit) ? unit.parentId! : unit.id;
      const group = this.byDistrict.get(district);
      if (group) group.push(person);
      else this.byDistrict.set(district, [person]);
    }
  }

  /** The enrolments of a cohort, those who complete it first. */
  enrol(plan: CohortPlan, cohort: RowOf<Cohort>): RowOf<Enrolment>[] {
    const held = plan.status === CohortStatus.COMPLETED || plan.status === CohortStatus.IN_PROGRESS;
    // Beside the learners a few who were not accepted or left; none where the article describes the cohort.
    const others = held && !plan.named ? this.random.between(0, 3) : 0;
    const completing =
      plan.graduation?.count ??
      plan.learners - Math.round(plan.learners * this.random.next() * MOST_DROPOUTS);
    return this.choose(plan, plan.learners + others).map((candidate, i) => {
      const status =
        i < plan.learners
          ? this.statusOf(plan.status, i < completing)
          : this.random.pick([DECLINED, WITHDRAWN]);
      return enrolmentRow(plan, cohort, candidate, status, i);
    });
  }

  /** By turns, so that nobody attends a programme twice before all others did; preferably officials with time. */
  private choose(plan: CohortPlan, count: number): Candidate[] {
    const queue = this.queueFor(plan);
    const chosen = new Map<Person, Post>();
    const isDegree = plan.programme.row.kind === ProgrammeKind.DEGREE;
    const hasTime = (person: Person) =>
      (this.busyUntil.get(person) ?? '') < plan.startsOn && !(isDegree && this.masters.has(person));
    const take = (most: number, fits: (person: Person, post: Post) => boolean) => {
      let passed = 0;
      for (; passed < queue.people.length && chosen.size < most; passed++) {
        const person = queue.people[(queue.next + passed) % queue.people.length]!;
        const post = postOn(person, plan.startsOn);
        const able = post && plan.accepts(post) && this.units.isOfCity(post.unit);
        if (able && !chosen.has(person) && fits(person, post)) chosen.set(person, post);
      }
      return passed;
    };
    const { prefers } = plan;
    if (prefers) {
      take(Math.round(count * SHARE_OF_PREFERRED), (person, post) => prefers(post) && hasTime(person));
    }
    queue.next += take(count, hasTime);
    take(count, () => true);
    if (chosen.size < count) {
      throw new Error(`${plan.programme.row.code} of ${plan.startsOn}: ${chosen.size} of ${count} learners.`);
    }
    for (const person of chosen.keys()) {
      // A degree course is held beside the job and leaves time for others; the rest do not.
      if (isDegree) this.masters.add(person);
      else this.busyUntil.set(person, plan.endsOn ?? plan.startsOn);
    }
    return [...chosen].map(([person, post]) => ({ person, post }));
  }

  private queueFor({ programme, host }: CohortPlan): Queue {
    // People leave a district only when it ends, so those who began there are all that it can send.
    const ofDistrict = isDistrictLevel(host);
    const key = `${programme.row.code}/${ofDistrict ? host.id : ''}`;
    let queue = this.queues.get(key);
    if (!queue) {
      const people = ofDistrict ? this.byDistrict.get(host.id)! : this.people;
      queue = { people: this.random.draw(people, people.length), next: 0 };
      this.queues.set(key, queue);
    }
    return queue;
  }

  private statusOf(status: CohortStatus, completes: boolean): EnrolmentStatus {
    switch (status) {
      case CohortStatus.COMPLETED:
        return completes ? COMPLETED : NOT_COMPLETED;
      case CohortStatus.IN_PROGRESS:
        return STUDYING;
      case CohortStatus.CANCELLED:
        return WITHDRAWN;
      case CohortStatus.ENROLLING:
      case CohortStatus.PLANNED:
        return this.random.weighted([
          [ACCEPTED, 55],
          [NOMINATED, 38],
          [DECLINED, 7],
        ]);
    }
  }
}

function enrolmentRow(
  plan: CohortPlan,
  cohort: RowOf<Cohort>,
  { person, post }: Candidate,
  status: EnrolmentStatus,
  i: number,
): RowOf<Enrolment> {
  const fortnightBefore = earlier(shift(plan.startsOn, -14), shift(LAST_REGISTRATION, -10));
  // An official is sent by a unit only after beginning to serve there.
  const sentOn = fortnightBefore < post.from ? post.from : fortnightBefore;
  const createdAt = instant(sentOn, 9, i);
  const changed = changedAt(plan, cohort, status);
  return {
    id: idFromName('enrolment', `${cohort.code}/${person.code}`),
    officialId: person.id,
    cohortId: cohort.id,
    status,
    toldStatus: status, // released already
    statusBefore: null,
    waitingNumber: null,
    decisionNumber: null,
    decidedOn: null,
    unitAtEnrolmentId: post.unit.id,
    categoryAtEnrolment: post.position.category,
    gradeAtEnrolment: person.grade,
    nominatedOn: sentOn,
    createdAt,
    updatedAt: changed && changed > createdAt ? changed : createdAt,
  };
}

/** When an enrolment took its last step; null where that was its first. */
function changedAt(plan: CohortPlan, cohort: RowOf<Cohort>, status: EnrolmentStatus): Date | null {
  if (status === COMPLETED) return instant(graduationDay(plan), 16);
  if (status === NOT_COMPLETED || plan.status === CohortStatus.CANCELLED) return cohort.updatedAt;
  if (status === STUDYING) return instant(plan.startsOn, 8);
  if (status === NOMINATED) return null;
  // Decided on, or withdrawn, before the first lesson.
  return instant(earlier(plan.startsOn, LAST_REGISTRATION), 7, 30);
}
