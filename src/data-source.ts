// What does TypeORM work with? Entities, migrations and naming, for one database.
import 'reflect-metadata';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { DataAccess, DataAccessPerson } from './access/data-access.entity';
import type { DatabaseLocation } from './config';
import { AnsweredMutation, EventLog, LoggedEvent } from './events/event.entity';
import { SnakeCaseNaming } from './lib/naming';
import { Registry1700000000000 } from './migrations/1700000000000-registry';
import { Access1764000000000 } from './migrations/1764000000000-access';
import { OrdersAndInitiatives1765000000001 } from './migrations/1765000000001-orders-and-initiatives';
import { Cohort } from './registry/cohort/cohort.entity';
import { Enrolment } from './registry/enrolment/enrolment.entity';
import { Graduate, ThesisTopic } from './registry/graduate/graduate.entity';
import { RoleGrant } from './registry/grant/grant.entity';
import { FollowUp } from './registry/initiative/follow-up.entity';
import { Initiative, InitiativeAuthor } from './registry/initiative/initiative.entity';
import { Assignment, Official } from './registry/official/official.entity';
import { Partnership, PartnershipTopic } from './registry/partnership/partnership.entity';
import { Position } from './registry/position/position.entity';
import { Programme, ProgrammePartner, ProgrammeTopic } from './registry/programme/programme.entity';
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
      Graduate,
      ThesisTopic,
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
    migrations: [Registry1700000000000, Access1764000000000, OrdersAndInitiatives1765000000001],
    synchronize: false,
  };
  return location.engine === 'postgres'
    ? { type: 'postgres', url: location.url, ...common }
    : { type: 'better-sqlite3', database: location.path, ...common };
}
