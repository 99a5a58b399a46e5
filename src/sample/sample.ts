// What is in the sample city? Everything in memory, the same at each call; fill.ts puts it into the database.
import type { Cohort } from '../registry/cohort/cohort.entity';
import { type Enrolment, EnrolmentStatus } from '../registry/enrolment/enrolment.entity';
import type { Graduate, ThesisTopic } from '../registry/graduate/graduate.entity';
import type { Position } from '../registry/position/position.entity';
import type { Topic } from '../registry/topic/topic.entity';
import type { University } from '../registry/university/university.entity';
import { articleCohorts } from './article-cohorts';
import { addBodies } from './bodies';
import type { RowOf } from './bulk-insert';
import type { Person } from './careers';
import {
  readPositions,
  readProgrammes,
  readTopics,
  readUniversities,
  type SampleProgramme,
} from './catalogue';
import { cohortRows } from './cohorts';
import { GraduateRegister } from './graduates';
import { makeInitiatives, type SampleInitiatives } from './initiatives';
import { LearnerRegister } from './learners';
import { ordinaryCohorts } from './ordinary-cohorts';
import { makePartnerships, type SamplePartnerships } from './partnerships';
import { makePeople } from './people';
import { recentCohorts } from './recent-cohorts';
import { makeOrders, type SampleOrders } from './training-orders';
import { readUnits, type SampleUnits } from './units';

export interface Sample {
  units: SampleUnits;
  universities: RowOf<University>[];
  topics: RowOf<Topic>[];
  positions: RowOf<Position>[];
  people: Person[];
  partnerships: SamplePartnerships;
  programmes: SampleProgramme[];
  cohorts: RowOf<Cohort>[];
  enrolments: RowOf<Enrolment>[];
  graduates: RowOf<Graduate>[];
  thesisTopics: RowOf<ThesisTopic>[];
  orders: SampleOrders;
  initiatives: SampleInitiatives;
}

export function makeSample(): Sample {
  const units = readUnits();
  const bodies = addBodies(units);
  const positions = readPositions();
  const people = makePeople(units, bodies, positions);
  const universities = readUniversities();
  const programmes = readProgrammes(units, universities);
  const byCode = new Map(programmes.map((programme) => [programme.row.code, programme]));
  const ofArticle = articleCohorts(units, byCode);
  const plans = [
    ...ofArticle,
    ...ordinaryCohorts(units, programmes, ofArticle),
    ...recentCohorts(units, byCode),
  ].sort((a, b) => (a.startsOn === b.startsOn ? 0 : a.startsOn < b.startsOn ? -1 : 1));
  const cohorts = cohortRows(plans);
  const learners = new LearnerRegister(people, units);
  const graduates = new GraduateRegister(units);
  const enrolments = plans.flatMap((plan, i) => {
    const enrolled = learners.enrol(plan, cohorts[i]!);
    const completed = enrolled.filter(({ status }) => status === EnrolmentStatus.COMPLETED);
    graduates.add(plan, cohorts[i]!, completed);
    return enrolled;
  });
  return {
    units,
    universities,
    topics: readTopics(),
    positions: [...positions.values()],
    people,
    partnerships: makePartnerships(units),
    programmes,
    cohorts,
    enrolments,
    graduates: graduates.graduates,
    thesisTopics: graduates.thesisTopics,
    orders: makeOrders(cohorts),
    initiatives: makeInitiatives(units, cohorts, graduates.graduates),
  };
}
