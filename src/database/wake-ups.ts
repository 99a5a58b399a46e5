// Wake-ups between processes: LISTEN and NOTIFY of PostgreSQL, on a connection that reconnects by itself.
import { Client } from 'pg';

const CHANNEL = 'canbo_written';
const CONNECT_MS = 10_000;
const RETRY_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;

/** SQL that notifies every listening process when the transaction commits. */
export const WAKE = `pg_notify('${CHANNEL}', '')`;

/** Listens for notifications. They are lost while the connection is, so users of it must also poll. */
export class WakeUps {
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private opening: Promise<void>;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly hear: () => void,
  ) {
    this.opening = this.open();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.opening;
    await this.client?.end();
  }

  private async open(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'canbo wake-ups',
      keepAlive: true, // so that a vanished server is noticed, with the delay below instead of two hours
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    this.client = client;
    const again = () => this.openLater(client);
    client.on('error', again).on('end', again).on('notification', this.hear);
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.hear(); // for writes while the connection was lost
    } catch {
      again();
    }
  }

  private openLater(lost: Client): void {
    if (this.client !== lost) return;
    this.client = undefined;
    void lost.end().catch(() => undefined);
    if (this.closed) return;
    this.retry = setTimeout(() => {
      this.opening = this.open();
    }, RETRY_MS);
    this.retry.unref();
  }
}
