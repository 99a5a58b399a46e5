// Allowed origins: which web pages may use the API from a browser, over HTTP (CORS), WebSocket and server-sent events.
//
// Browsers reach local names from any page, and CORS does not hold for sockets. A client that sends no origin is no
// browser. Outside production the pages of every port of this machine are allowed, because that is where development
// servers run; but only where the request names this machine as its host, too: under any other name, which somebody may
// have pointed at this machine (DNS rebinding), the list decides.
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { isLocalHost } from './local-host';

/** Refused origins that are written to the log: more are no mistake of a developer. */
const TOLD = 20;
const LONGEST_TOLD = 200;

export class Origins {
  private readonly told = new Set<string>();

  constructor(
    private readonly config: Pick<Config, 'corsOrigins' | 'production'>,
    private readonly logger: Logger,
  ) {}

  /** Whether a request comes from an allowed page, or from none. A refused origin is logged once. */
  allows({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
    const { origin, host } = headers;
    if (origin === undefined || this.isListed(origin) || this.isNear(origin, host)) return true;
    this.tell(origin);
    return false;
  }

  private isListed(origin: string): boolean {
    return this.config.corsOrigins.includes(origin);
  }

  /** Of this server itself, or in development of this machine. The origin `null` is neither. */
  private isNear(origin: string, host: string | undefined): boolean {
    if (!URL.canParse(origin)) return false;
    const url = new URL(origin);
    if (url.host === host) return true;
    return (
      !this.config.production && /^https?:$/.test(url.protocol) && isLocalHost(url.host) && isLocalHost(host)
    );
  }

  private tell(origin: string): void {
    if (this.told.has(origin) || this.told.size >= TOLD) return;
    this.told.add(origin);
    const shown = origin.slice(0, LONGEST_TOLD);
    this.logger.warn(
      { origin: shown },
      `origin refused: to let the pages of ${shown} use the API, add it to CORS_ORIGINS; ` +
        'if they are served under the name of this server, let the proxy pass Host on',
    );
  }
}

/** What a page of a refused origin is answered, over any transport. */
export const ORIGIN_REFUSED =
  'Pages of this origin may not use the API: its operator can allow them with CORS_ORIGINS.';
