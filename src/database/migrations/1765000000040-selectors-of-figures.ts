// Stated figures: the content group, kind and basis of the programmes that a figure is about.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

const COLUMNS = ['content_group', 'programme_kind', 'basis'];

export class SelectorsOfFigures1765000000040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const varchar = sqlite ? 'varchar' : 'varchar COLLATE "C"';
    for (const column of COLUMNS)
      await runner.query(`ALTER TABLE stated_figure ADD COLUMN ${column} ${varchar}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of COLUMNS) await runner.query(`ALTER TABLE stated_figure DROP COLUMN ${column}`);
  }
}
