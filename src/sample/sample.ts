// Builds the sample city in memory, the same at each call; fill.ts writes it to the database.
import type { Cohort } from '../registry/cohort/cohort.entity';
import type { ServiceCommitment, ServiceRule } from '../registry/commitment/commitment.entity';
import { type Enrolment, EnrolmentStatus } from '../registry/cohort/enrolment.entity';
import type { Graduate, ThesisTopic } from '../registry/graduate/graduate.entity';
import type { Position } from '../registry/position/position.entity';
import type { TrainingRequirement } from '../registry/requirement/requirement.entity';
import type { Attendance, Session } from '../registry/session/session.entity';
import type { Source } from '../registry/source/source.entity';
import type { StatedFigure } from '../registry/stated-figure/stated-figure.entity';
import type { Topic } from '../registry/topic/topic.entity';
import type { FormerName, University } from '../registry/university/university.entity';
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
import { COMMITTEE, makeDocuments, type SampleDocuments } from './documents';
import { sourceOf, statedFigures } from './figures';
import { readServiceRules, serviceCommitments } from './commitments';
import { GraduateRegister } from './graduates';
import { makeInitiatives, type SampleInitiatives } from './initiatives';
import { LearnerRegister } from './learners';
import { ordinaryCohorts } from './ordinary-cohorts';
import { makePartnerships, type SamplePartnerships } from './partnerships';
import { makePeople } from './people';
import { makePlans, type SamplePlans } from './plans';
import { recentCohorts } from './recent-cohorts';
import { makeRequirements } from './requirements';
import { SessionRegister } from './sessions';
import { makeOrders, type SampleOrders } from './training-orders';
import { readUnits, type SampleUnits } from './units';

export interface Sample {
  units: SampleUnits;
  universities: RowOf<University>[];
  formerNames: RowOf<FormerName>[];
  topics: RowOf<Topic>[];
  positions: RowOf<Position>[];
  people: Person[];
  partnerships: SamplePartnerships;
  programmes: SampleProgramme[];
  cohorts: RowOf<Cohort>[];
  enrolments: RowOf<Enrolment>[];
  graduates: RowOf<Graduate>[];
  thesisTopics: RowOf<ThesisTopic>[];
  sessions: RowOf<Session>[];
  attendance: RowOf<Attendance>[];
  requirements: RowOf<TrainingRequirement>[];
  figures: RowOf<StatedFigure>[];
  sources: RowOf<Source>[];
  plans: SamplePlans;
  documents: SampleDocuments;
  serviceRules: RowOf<ServiceRule>[];
  serviceCommitments: RowOf<ServiceCommitment>[];
  orders: SampleOrders;
  initiatives: SampleInitiatives;
}

export function makeSample(): Sample {
  const units = readUnits();
  const bodies = addBodies(units);
  const positions = readPositions();
  const people = makePeople(units, bodies, positions);
  const { universities, formerNames } = readUniversities();
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
  const graduates = new GraduateRegister(units, new Map(people.map(({ id, fullName }) => [id, fullName])));
  const sessions = new SessionRegister();
  const enrolments = plans.flatMap((plan, i) => {
    const enrolled = learners.enrol(plan, cohorts[i]!);
    const completed = enrolled.filter(({ status }) => status === EnrolmentStatus.COMPLETED);
    graduates.add(plan, cohorts[i]!, completed);
    sessions.add(plan, cohorts[i]!, enrolled);
    return enrolled;
  });
  const figures = statedFigures(units);
  const documents = makeDocuments(units);
  const serviceRules = readServiceRules();
  return {
    units,
    universities,
    formerNames,
    topics: readTopics(),
    positions: [...positions.values()],
    people,
    partnerships: makePartnerships(units),
    programmes,
    cohorts,
    enrolments,
    graduates: graduates.graduates,
    thesisTopics: graduates.thesisTopics,
    sessions: sessions.sessions,
    attendance: sessions.attendance,
    requirements: makeRequirements(units),
    figures,
    plans: makePlans(units),
    documents,
    sources: [...figures, ...documents.rows, units.at(COMMITTEE, '2023-12-31')].map(({ id }) => sourceOf(id)),
    serviceRules,
    serviceCommitments: serviceCommitments(serviceRules, cohorts, enrolments),
    orders: makeOrders(cohorts),
    initiatives: makeInitiatives(units, cohorts, graduates.graduates),
  };
}
