// Read-only connection of SQLite with its prepared statements, as reading threads and momentary reads use it.
import SqliteFile from 'better-sqlite3';

const PREPARED = 200;
/** Page cache of each connection, instead of 16 MB: the system caches the file once for all of them. */
const CACHE_KB = 4_000;

export class ReadingConnection {
  private readonly file: SqliteFile.Database;
  private readonly prepared = new Map<string, SqliteFile.Statement<unknown[]>>();

  /** @param timeout how long a statement blocks its thread while another program has locked the file, in ms. */
  constructor(path: string, timeout: number) {
    this.file = new SqliteFile(path, { readonly: true, fileMustExist: true, timeout });
    this.file.pragma(`cache_size = -${CACHE_KB}`);
  }

  /** @returns the rows. @throws SqliteError */
  run(sql: string, parameters: unknown[]): unknown {
    const statement = this.prepare(sql);
    return statement.reader ? statement.all(...parameters) : statement.run(...parameters);
  }

  /** Begins a snapshot, unless one has begun; it is of the moment of its first statement. */
  begin(): void {
    if (!this.file.inTransaction) this.file.exec('BEGIN');
  }

  end(): void {
    if (this.file.inTransaction) this.file.exec('COMMIT');
  }

  close(): void {
    this.file.close();
  }

  private prepare(sql: string): SqliteFile.Statement<unknown[]> {
    const statement = this.prepared.get(sql) ?? this.file.prepare<unknown[]>(sql);
    this.prepared.delete(sql);
    this.prepared.set(sql, statement); // most recently used last
    const [oldest] = this.prepared.keys();
    if (this.prepared.size > PREPARED) this.prepared.delete(oldest!);
    return statement;
  }
}
