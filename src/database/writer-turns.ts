// Yields to the event loop during long SQLite transactions: better-sqlite3 is synchronous, so TypeORM's awaits do not.
import { setImmediate as turn } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner';

/** Statements between yields: some milliseconds. */
const STATEMENTS_A_TURN = 16;

class TurningRunner extends BetterSqlite3QueryRunner {
  private statements = 0;

  override async query(...asked: Parameters<BetterSqlite3QueryRunner['query']>): Promise<never> {
    this.statements += 1;
    if (this.statements % STATEMENTS_A_TURN === 0) await turn();
    return (await super.query(...asked)) as never;
  }
}

/** Makes a data source yield between statements. Its transactions must run one at a time, or they would mix. */
export function giveUpTurns(writer: DataSource): void {
  const driver = writer.driver as BetterSqlite3Driver;
  driver.createQueryRunner = () => (driver.queryRunner ??= new TurningRunner(driver));
}
