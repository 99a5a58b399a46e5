// How commitments to service end: fulfilled, waived or repaid; and the repayments.
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

export class CommitmentsThatEnd1765000000071 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const varchar = sqlite ? 'varchar' : 'varchar COLLATE "C"';
    for (const column of [
      `status ${varchar} NOT NULL DEFAULT 'RUNNING'`,
      'version integer NOT NULL DEFAULT 1',
      'ended_on date',
      `ending_reason ${varchar}`,
    ])
      await runner.query(`ALTER TABLE service_commitment ADD COLUMN ${column}`);
    const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
      ...{ name, type: 'varchar', ...(sqlite ? {} : { collation: 'C' }) },
      ...more,
    });
    const to = (table: string, column: string) => ({
      columnNames: [column],
      referencedTableName: table,
      referencedColumnNames: ['id'],
    });
    await runner.createTable(
      new Table({
        name: 'repayment',
        columns: [
          text('id', { isPrimary: true }),
          text('commitment_id'),
          text('official_id'),
          { name: 'amount', type: 'bigint' },
          { name: 'paid_on', type: 'date' },
          text('receipt', { isNullable: true }),
          { name: 'created_at', type: sqlite ? 'datetime' : 'timestamptz' },
        ],
        foreignKeys: [to('service_commitment', 'commitment_id'), to('official', 'official_id')],
        indices: [{ columnNames: ['commitment_id', 'paid_on'] }, { columnNames: ['official_id'] }],
        checks: [{ expression: 'amount > 0' }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('repayment');
    for (const column of ['ending_reason', 'ended_on', 'version', 'status'])
      await runner.query(`ALTER TABLE service_commitment DROP COLUMN ${column}`);
  }
}
