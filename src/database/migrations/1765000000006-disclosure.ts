// Disclosure control: the secret for the order in which figures are hidden, and each enrolment as last disclosed to
// readers without rights to persons.
import { randomBytes } from 'node:crypto';
import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { dayBefore, dayOf } from '../../lib/dates';

const UNTOLD = new TableIndex({ columnNames: ['id'], where: 'told_status <> status' });

export class Disclosure1765000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const collation = sqlite ? '' : 'COLLATE "C"';
    const compared = sqlite ? {} : { collation: 'C' };
    await runner.createTable(
      new Table({
        name: 'disclosure',
        columns: [
          { name: 'secret', type: 'varchar', isPrimary: true, ...compared },
          { name: 'told_on', type: 'date' },
        ],
      }),
    );
    const values = sqlite ? '?, ?' : '$1, $2';
    const secret = randomBytes(32).toString('hex');
    // In an existing registry, everything recorded so far counts as disclosed; a new one has disclosed nothing.
    const insert = `INSERT INTO disclosure (secret, told_on) VALUES (${values})`;
    await runner.query(insert, [secret, dayBefore(dayOf(new Date()))]);
    await runner.query(
      `ALTER TABLE enrolment ADD COLUMN told_status varchar ${collation} NOT NULL DEFAULT 'NOMINATED'`,
    );
    await runner.query('UPDATE enrolment SET told_status = status');
    await runner.createIndex('enrolment', UNTOLD);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('enrolment', UNTOLD);
    await runner.query('ALTER TABLE enrolment DROP COLUMN told_status');
    await runner.dropTable('disclosure');
  }
}
