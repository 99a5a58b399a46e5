// What does TypeORM work with? Entities, migrations and naming, for one database.
import 'reflect-metadata';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { DataAccess, DataAccessPerson } from './access/data-access.entity';
import type { DatabaseLocation } from './config';
import { AnsweredMutation, EventLog, EventUnit, LoggedEvent } from './events/event.entity';
import { SnakeCaseNaming } from './lib/naming';
import { Registry1700000000000 } from './migrations/1700000000000-registry';
import { Access1764000000000 } from './migrations/1764000000000-access';
import { OrdersAndInitiatives1765000000001 } from './migrations/1765000000001-orders-and-initiatives';
import { Duties1765000000002 } from './migrations/1765000000002-duties';
import { Audit1765000000000 } from './migrations/1765000000000-audit';
import { FiguresAndPlans1765000000003 } from './migrations/1765000000003-figures-and-plans';
import { Commitments1765000000004 } from './migrations/1765000000004-commitments';
import { StaffCodes1765000000005 } from './migrations/1765000000005-staff-codes';
import { KnownTime1765000000011 } from './migrations/1765000000011-known-time';
import { Disclosure1765000000006 } from './migrations/1765000000006-disclosure';
import { EventIndexes1765000000007 } from './migrations/1765000000007-event-indexes';
import { Cohort } from './registry/cohort/cohort.entity';
import { ServiceCommitment, ServiceRule } from './registry/commitment/commitment.entity';
import { CommitteeMember } from './registry/committee/committee.entity';
import { Document, DocumentReference } from './registry/document/document.entity';
import { Disclosure } from './registry/enrolment/disclosure.entity';
import { Enrolment } from './registry/enrolment/enrolment.entity';
import { Graduate, ThesisTopic } from './registry/graduate/graduate.entity';
import { RoleGrant } from './registry/grant/grant.entity';
import { FollowUp } from './registry/initiative/follow-up.entity';
import { Initiative, InitiativeAuthor } from './registry/initiative/initiative.entity';
import { Assignment, Official } from './registry/official/official.entity';
import { Partnership, PartnershipTopic } from './registry/partnership/partnership.entity';
import { PlanTarget, TrainingPlan } from './registry/plan/plan.entity';
import { Position } from './registry/position/position.entity';
import { Programme, ProgrammePartner, ProgrammeTopic } from './registry/programme/programme.entity';
import { RequirementExemption, TrainingRequirement } from './registry/requirement/requirement.entity';
import { Attendance, Session } from './registry/session/session.entity';
import { Source } from './registry/source/source.entity';
import { StatedFigure } from './registry/stated-figure/stated-figure.entity';
import {
  TrainingOrder,
  TrainingOrderCohort,
  TrainingOrderTopic,
} from './registry/training-order/training-order.entity';
import { Topic } from './registry/topic/topic.entity';
import { Unit, UnitAncestor, UnitSuccession } from './registry/unit/unit.entity';
import { University } from './registry/university/university.entity';

/** The options for one database; tables change by migrations only, never by `synchronize`. */
export function dataSourceOptions(
  location: DatabaseLocation,
): BetterSqlite3DataSourceOptions | PostgresDataSourceOptions {
  const common = {
    namingStrategy: new SnakeCaseNaming(),
    entities: [
      LoggedEvent,
      EventUnit,
      EventLog,
      AnsweredMutation,
      Unit,
      UnitAncestor,
      UnitSuccession,
      Position,
      Topic,
      Official,
      Assignment,
      University,
      Partnership,
      PartnershipTopic,
      Programme,
      ProgrammeTopic,
      ProgrammePartner,
      Cohort,
      Enrolment,
      Disclosure,
      ServiceRule,
      ServiceCommitment,
      Graduate,
      ThesisTopic,
      Session,
      Attendance,
      TrainingRequirement,
      RequirementExemption,
      Source,
      StatedFigure,
      TrainingPlan,
      PlanTarget,
      Document,
      DocumentReference,
      CommitteeMember,
      TrainingOrder,
      TrainingOrderTopic,
      TrainingOrderCohort,
      Initiative,
      InitiativeAuthor,
      FollowUp,
      RoleGrant,
      DataAccess,
      DataAccessPerson,
    ],
    migrations: [
      Registry1700000000000,
      Access1764000000000,
      Audit1765000000000,
      OrdersAndInitiatives1765000000001,
      Duties1765000000002,
      FiguresAndPlans1765000000003,
      Commitments1765000000004,
      StaffCodes1765000000005,
      KnownTime1765000000011,
      Disclosure1765000000006,
      EventIndexes1765000000007,
    ],
    synchronize: false,
  };
  return location.engine === 'postgres'
    ? { type: 'postgres', url: location.url, ...common }
    : { type: 'better-sqlite3', database: location.path, ...common };
}
