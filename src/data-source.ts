// TypeORM data source options: all entities and migrations, and the naming strategy.
import 'reflect-metadata';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import type { DatabaseLocation } from './config/database-location';
import { SnakeCaseNaming } from './database/naming';
import { Registry1700000000000 } from './database/migrations/1700000000000-registry';
import { Access1764000000000 } from './database/migrations/1764000000000-access';
import { OrdersAndInitiatives1765000000001 } from './database/migrations/1765000000001-orders-and-initiatives';
import { Duties1765000000002 } from './database/migrations/1765000000002-duties';
import { Audit1765000000000 } from './database/migrations/1765000000000-audit';
import { FiguresAndPlans1765000000003 } from './database/migrations/1765000000003-figures-and-plans';
import { Commitments1765000000004 } from './database/migrations/1765000000004-commitments';
import { StaffCodes1765000000005 } from './database/migrations/1765000000005-staff-codes';
import { Disclosure1765000000006 } from './database/migrations/1765000000006-disclosure';
import { EventIndexes1765000000007 } from './database/migrations/1765000000007-event-indexes';
import { KnownTime1765000000011 } from './database/migrations/1765000000011-known-time';
import { ThePast1765000000020 } from './database/migrations/1765000000020-the-past';
import { MergedRecords1765000000070 } from './database/migrations/1765000000070-merged-records';
import { CommitmentsThatEnd1765000000071 } from './database/migrations/1765000000071-commitments-that-end';
import { GraduateVersions1765000000072 } from './database/migrations/1765000000072-graduate-versions';
import { Revisable1765000000073 } from './database/migrations/1765000000073-revisable';
import { Slips1765000000021 } from './database/migrations/1765000000021-slips';
import { WaitingList1765000000060 } from './database/migrations/1765000000060-waiting-list';
import { SelectorsOfFigures1765000000040 } from './database/migrations/1765000000040-selectors-of-figures';
import { SeatsAndDecisions1765000000070 } from './database/migrations/1765000000070-seats-and-decisions';
import { Institutions1765000000091 } from './database/migrations/1765000000091-institutions';
import { Credentials1765000000092 } from './database/migrations/1765000000092-credentials';
import { Warnings1765000000110 } from './database/migrations/1765000000110-warnings';
import { WordsAndCodes1765000000030 } from './database/migrations/1765000000030-words-and-codes';
import { entities as dataAccess } from './access/data-access.entity';
import { entities as merged } from './access/merged.entity';
import { entities as event } from './events/event.entity';
import { entities as cohort } from './registry/cohort/cohort.entity';
import { entities as seats } from './registry/cohort/seats.entity';
import { entities as commitment } from './registry/commitment/commitment.entity';
import { entities as committee } from './registry/committee/committee.entity';
import { entities as document } from './registry/document/document.entity';
import { entities as disclosure } from './registry/cohort/disclosure.entity';
import { entities as enrolment } from './registry/cohort/enrolment.entity';
import { entities as graduate } from './registry/graduate/graduate.entity';
import { entities as grant } from './registry/grant/grant.entity';
import { entities as followUp } from './registry/initiative/follow-up.entity';
import { entities as initiative } from './registry/initiative/initiative.entity';
import { entities as official } from './registry/official/official.entity';
import { entities as partnership } from './registry/partnership/partnership.entity';
import { entities as plan } from './registry/plan/plan.entity';
import { entities as position } from './registry/position/position.entity';
import { entities as programme } from './registry/programme/programme.entity';
import { entities as requirement } from './registry/requirement/requirement.entity';
import { entities as session } from './registry/session/session.entity';
import { entities as correction } from './registry/correction/correction.entity';
import { entities as source } from './registry/source/source.entity';
import { entities as statedFigure } from './registry/stated-figure/stated-figure.entity';
import { entities as topic } from './registry/topic/topic.entity';
import { entities as trainingOrder } from './registry/training-order/training-order.entity';
import { entities as unit } from './registry/unit/unit.entity';
import { entities as university } from './registry/university/university.entity';

/** The options for a database; tables change only by migrations, never by `synchronize`. */
export function dataSourceOptions(
  location: DatabaseLocation,
): BetterSqlite3DataSourceOptions | PostgresDataSourceOptions {
  const common = {
    namingStrategy: new SnakeCaseNaming(),
    // The export of a person's data has its sections in this order.
    entities: [
      ...event,
      ...unit,
      ...position,
      ...topic,
      ...official,
      ...university,
      ...partnership,
      ...programme,
      ...cohort,
      ...enrolment,
      ...seats,
      ...disclosure,
      ...commitment,
      ...graduate,
      ...session,
      ...requirement,
      ...statedFigure,
      ...plan,
      ...document,
      ...committee,
      ...trainingOrder,
      ...followUp,
      ...initiative,
      ...grant,
      ...source,
      ...correction,
      ...dataAccess,
      ...merged,
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
      ThePast1765000000020,
      Slips1765000000021,
      WaitingList1765000000060,
      SeatsAndDecisions1765000000070,
      SelectorsOfFigures1765000000040,
      Disclosure1765000000006,
      EventIndexes1765000000007,
      WordsAndCodes1765000000030,
      MergedRecords1765000000070,
      CommitmentsThatEnd1765000000071,
      GraduateVersions1765000000072,
      Revisable1765000000073,
      Institutions1765000000091,
      Credentials1765000000092,
      Warnings1765000000110,
    ],
    synchronize: false,
  };
  return location.engine === 'postgres'
    ? { type: 'postgres', url: location.url, ...common }
    : { type: 'better-sqlite3', database: location.path, ...common };
}
