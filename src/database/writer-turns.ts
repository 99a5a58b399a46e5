// Long transactions of SQLite leave others their turn: better-sqlite3 is synchronous, and so is all that TypeORM awaits.
import { setImmediate as turn } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner';

/** Some milliseconds. */
const STATEMENTS_A_TURN = 16;

class TurningRunner extends BetterSqlite3QueryRunner {
  private statements = 0;

  override async query(...asked: Parameters<BetterSqlite3QueryRunner['query']>): Promise<never> {
    this.statements += 1;
    if (this.statements % STATEMENTS_A_TURN === 0) await turn();
    return (await super.query(...asked)) as never;
  }
}

/** Has a data source give up its turn between statements; what it runs meanwhile must be one transaction at a time. */
export function giveUpTurns(writer: DataSource): void {
  const driver = writer.driver as BetterSqlite3Driver;
  driver.createQueryRunner = () => (driver.queryRunner ??= new TurningRunner(driver));
}
