// Reads the CSV files of the sample: rows of text by column; lines that begin with # are comments.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { projectRoot } from '../config/project-root';

/**
 * Reads a file of src/sample/data; compiled code runs from dist, the data stay where they are. An empty cell is an
 * empty text.
 */
export function readData<Column extends string>(file: string): Record<Column, string>[] {
  const path = join(projectRoot, 'src', 'sample', 'data', file);
  return parse<Record<Column, string>>(readFileSync(path), {
    columns: true,
    comment: '#',
    comment_no_infix: true,
    skip_empty_lines: true,
  }).map(
    (row) =>
      Object.fromEntries(
        Object.entries<string>(row).map(([column, cell]) => [column, cell.normalize('NFC')]),
      ) as Record<Column, string>,
  );
}

/** Words of a cell that holds several. */
export const words = (cell: string): string[] => cell.split(' ').filter(Boolean);
