// Fills an empty database with the sample city, once, and never in production.
import type { Logger } from 'pino';
import type { EntityManager } from 'typeorm';
import { LoggedEvent } from '../events/event.entity';
import { readBounds } from '../events/log';
import type { Database } from '../database/database';
import { idFromName } from '../lib/ids';
import { waitForName } from '../database/locks';
import { Cohort } from '../registry/cohort/cohort.entity';
import { CommitteeMember } from '../registry/committee/committee.entity';
import { Document, DocumentReference } from '../registry/document/document.entity';
import { ServiceCommitment, ServiceRule } from '../registry/commitment/commitment.entity';
import { Enrolment } from '../registry/cohort/enrolment.entity';
import { Graduate, ThesisTopic } from '../registry/graduate/graduate.entity';
import { FollowUp } from '../registry/initiative/follow-up.entity';
import { Initiative, InitiativeAuthor } from '../registry/initiative/initiative.entity';
import { Assignment, Official } from '../registry/official/official.entity';
import { Partnership, PartnershipTopic } from '../registry/partnership/partnership.entity';
import { PlanTarget, TrainingPlan } from '../registry/plan/plan.entity';
import { Position } from '../registry/position/position.entity';
import { Programme, ProgrammePartner, ProgrammeTopic } from '../registry/programme/programme.entity';
import { TrainingRequirement } from '../registry/requirement/requirement.entity';
import { Attendance, Session } from '../registry/session/session.entity';
import { Source } from '../registry/source/source.entity';
import { StatedFigure } from '../registry/stated-figure/stated-figure.entity';
import {
  TrainingOrder,
  TrainingOrderCohort,
  TrainingOrderTopic,
} from '../registry/training-order/training-order.entity';
import { Topic } from '../registry/topic/topic.entity';
import { Unit, UnitAncestor, UnitSuccession } from '../registry/unit/unit.entity';
import { FormerName, University } from '../registry/university/university.entity';
import { bulkInsert } from './bulk-insert';
import { assignmentRows, officialRow } from './people';
import { makeSample, type Sample } from './sample';
import { CITY_CODE, REORGANISED_ON } from './units';

/**
 * The enlarged city as the sample knows it. Its id is made from its name, as no id of a running registry is, and a
 * unit is never deleted; so this identifies a sample long after the event of the filling was purged from the log.
 */
const MARK = idFromName('unit', `${CITY_CODE}@${REORGANISED_ON}`);

/** Fills a database that holds no unit and has never seen an event; all of it or nothing. */
export async function fillIfEmpty(database: Database, logger: Logger): Promise<void> {
  await database.transaction(async (manager) => {
    await waitForName(manager, 'sample'); // of two processes on an empty database, one fills it
    if (!(await isEmpty(manager))) return;
    const start = performance.now();
    logger.info('The database is empty: filling it with the sample city. Its people are made up.');
    const sample = makeSample();
    await insertSample(manager, sample, logger);
    await manager.query('ANALYZE'); // or the first queries are planned as if every table were empty
    await database.takeLogTurn(manager);
    await recordFilling(manager, sample);
    logger.info(`The sample city stands after ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  });
}

/** Whether this registry was filled with the sample city. */
export async function holdsSample(database: Database): Promise<boolean> {
  const snapshot = await database.snapshot(0);
  try {
    return await snapshot.manager.existsBy(Unit, { id: MARK });
  } finally {
    await snapshot.end();
  }
}

async function isEmpty(manager: EntityManager): Promise<boolean> {
  return (await readBounds(manager)).head === 0 && !(await manager.exists(Unit));
}

async function insertSample(manager: EntityManager, sample: Sample, logger: Logger): Promise<void> {
  const { units, people, programmes, partnerships, cohorts, enrolments } = sample;
  await bulkInsert(manager, Unit, units.rows);
  await bulkInsert(manager, UnitAncestor, units.ancestors);
  await bulkInsert(manager, UnitSuccession, units.successions);
  logger.info(`${units.rows.length} units with ${units.successions.length} successions`);
  await bulkInsert(manager, University, sample.universities);
  await bulkInsert(manager, FormerName, sample.formerNames);
  await bulkInsert(manager, Topic, sample.topics);
  await bulkInsert(manager, Position, sample.positions);
  await bulkInsert(manager, Official, people.map(officialRow));
  await bulkInsert(manager, Assignment, people.flatMap(assignmentRows));
  logger.info(`${people.length} officials, made up`);
  await bulkInsert(manager, Partnership, partnerships.rows);
  await bulkInsert(manager, PartnershipTopic, partnerships.topics);
  await bulkInsert(
    manager,
    Programme,
    programmes.map(({ row }) => row),
  );
  await bulkInsert(
    manager,
    ProgrammeTopic,
    programmes.flatMap(({ topics }) => topics),
  );
  await bulkInsert(
    manager,
    ProgrammePartner,
    programmes.flatMap(({ partners }) => partners),
  );
  await bulkInsert(manager, Cohort, cohorts);
  logger.info(`${programmes.length} programmes with ${cohorts.length} cohorts`);
  await bulkInsert(manager, Enrolment, enrolments);
  await bulkInsert(manager, Graduate, sample.graduates);
  await bulkInsert(manager, ThesisTopic, sample.thesisTopics);
  await bulkInsert(manager, Session, sample.sessions);
  await bulkInsert(manager, Attendance, sample.attendance);
  await bulkInsert(manager, TrainingRequirement, sample.requirements);
  await bulkInsert(manager, StatedFigure, sample.figures);
  await bulkInsert(manager, Source, sample.sources);
  await bulkInsert(manager, TrainingPlan, sample.plans.rows);
  await bulkInsert(manager, PlanTarget, sample.plans.targets);
  await bulkInsert(manager, Document, sample.documents.rows);
  await bulkInsert(manager, DocumentReference, sample.documents.references);
  await bulkInsert(manager, CommitteeMember, sample.documents.members);
  await bulkInsert(manager, ServiceRule, sample.serviceRules);
  await bulkInsert(manager, ServiceCommitment, sample.serviceCommitments);
  await bulkInsert(manager, TrainingOrder, sample.orders.rows);
  await bulkInsert(manager, TrainingOrderTopic, sample.orders.topics);
  await bulkInsert(manager, TrainingOrderCohort, sample.orders.cohorts);
  await bulkInsert(manager, Initiative, sample.initiatives.rows);
  await bulkInsert(manager, InitiativeAuthor, sample.initiatives.authors);
  await bulkInsert(manager, FollowUp, sample.initiatives.followUps);
  logger.info(`${enrolments.length} enrolments with ${sample.graduates.length} graduations`);
}

/**
 * Records in the event log where the data came from. Not through write(), which needs a caller and the feed: there is
 * neither before the server listens. The time is that of the clock: a fixed one would be older than the log keeps.
 */
async function recordFilling(manager: EntityManager, sample: Sample): Promise<void> {
  const counts = {
    units: sample.units.rows.length,
    officials: sample.people.length,
    cohorts: sample.cohorts.length,
    enrolments: sample.enrolments.length,
    graduates: sample.graduates.length,
  };
  await manager.insert(LoggedEvent, {
    name: 'sample.filled',
    occurredAt: new Date(),
    actor: null,
    request: null,
    subjectId: MARK,
    cohortId: null,
    programmeId: null,
    universityId: null,
    unitIds: [MARK],
    changes: Object.entries(counts).map(([field, count]) => ({ field, from: null, to: String(count) })),
  });
}
