// Metrics of one server for Prometheus. Every label has one of a few known values.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { GraphQLFormattedError } from 'graphql';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Services } from '../operation/context';

export type Transport = 'http' | 'websocket' | 'sse';

/** Up to the 30 s that an operation may take. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const METHODS = new Set(['GET', 'POST', 'HEAD', 'OPTIONS']);
const KINDS = new Set(['query', 'mutation', 'subscription']);
/** The close codes in use; a peer may send any of 4,000. */
const CLOSE_CODES = new Set([
  ...[1000, 1001, 1005, 1006, 1009, 1011, 1013],
  ...[4290, 4291, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500],
]);
const QUANTILES = [50, 99, 100];
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** The figures of one server: a process may run several, in tests for instance. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly eventLoop: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });
  private readonly registers = [this.registry];

  private readonly requests = new Counter({
    name: 'canbo_http_requests_total',
    help: 'Requests answered over HTTP.',
    labelNames: ['method', 'route', 'status'],
    registers: this.registers,
  });
  private readonly requestSeconds = new Histogram({
    name: 'canbo_http_request_duration_seconds',
    help: 'How long requests took.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers: this.registers,
  });
  private readonly operations = new Counter({
    name: 'canbo_graphql_operations_total',
    help: 'Operations by how they ended: OK, or the code of the first error. Refusals in userErrors are OK.',
    labelNames: ['transport', 'kind', 'outcome'],
    registers: this.registers,
  });
  private readonly operationSeconds = new Histogram({
    name: 'canbo_graphql_operation_duration_seconds',
    help: 'How long operations took; a subscription, until it follows.',
    labelNames: ['transport', 'kind'],
    buckets: SECONDS,
    registers: this.registers,
  });
  private readonly closes = new Counter({
    name: 'canbo_socket_closes_total',
    help: 'Sockets closed, by code and by who closed them.',
    labelNames: ['code', 'by'],
    registers: this.registers,
  });
  private readonly subscriptions = new Gauge({
    name: 'canbo_subscriptions',
    help: 'Subscriptions that are followed, by root field.',
    labelNames: ['field'],
    registers: this.registers,
  });
  private readonly delivered = new Counter({
    name: 'canbo_events_delivered_total',
    help: 'Results handed over to subscribers, by root field.',
    labelNames: ['field'],
    registers: this.registers,
  });
  private readonly eventsRead = new Counter({
    name: 'canbo_feed_events_read_total',
    help: 'Events that the feed has read from the log.',
    registers: this.registers,
  });

  constructor(private readonly services: Services) {
    this.eventLoop.enable();
    services.feed.listen(() => this.eventsRead.inc());
    this.observeFeed();
    this.observeDatabase();
    this.observeProcess();
  }

  /** @param count how many WebSockets are open. */
  observeSockets(count: () => number): void {
    this.gauge('canbo_sockets', 'Open WebSocket connections.', count);
  }

  /** @param load how many operations run and wait. */
  observeOperations(load: () => { running: number; waiting: number }): void {
    this.gauge('canbo_operations_running', 'Operations that have their turn.', () => load().running);
    this.gauge('canbo_operations_waiting', 'Operations that wait for their turn.', () => load().waiting);
  }

  request(method: string, route: string | undefined, status: number, seconds: number): void {
    const labels = { method: METHODS.has(method) ? method : 'other', route: route ?? 'none' };
    this.requests.inc({ ...labels, status });
    this.requestSeconds.observe(labels, seconds);
  }

  /**
   * @param kind of the operation; undefined when the document was not understood.
   * @param errors as the caller received them: masked, so that there are only a few codes.
   */
  operation(
    transport: Transport,
    kind: string | undefined,
    errors: readonly GraphQLFormattedError[] | undefined,
    seconds: number | undefined,
  ): void {
    const known = kind && KINDS.has(kind) ? kind : 'unknown';
    const outcome = errors?.[0] ? String(errors[0].extensions?.code) : 'OK';
    this.operations.inc({ transport, kind: known, outcome });
    if (seconds !== undefined) this.operationSeconds.observe({ transport, kind: known }, seconds);
  }

  socketClosed(code: number, by: 'server' | 'peer'): void {
    this.closes.inc({ code: CLOSE_CODES.has(code) ? code : 'other', by });
  }

  /** Counts a subscription as begun. @returns what counts its results and its end. */
  following(field: string): { delivered(): void; ended(): void } {
    this.subscriptions.inc({ field });
    return {
      delivered: () => this.delivered.inc({ field }),
      ended: () => this.subscriptions.dec({ field }),
    };
  }

  /** All figures in the format of Prometheus. */
  async text(): Promise<{ type: string; body: string }> {
    return { type: this.registry.contentType, body: await this.registry.metrics() };
  }

  stop(): void {
    this.eventLoop.disable();
  }

  private observeFeed(): void {
    const { feed } = this.services;
    this.gauge('canbo_feed_position', 'The last event the feed has read.', () => feed.progress.position);
    this.gauge(
      'canbo_feed_look_age_seconds',
      'Time since the feed last looked at the log with success.',
      () => feed.progress.lookAge,
    );
    // Each asks, and all share one question; a figure that another one set would be from the collection before.
    let known = { head: feed.progress.position, lag: 0 };
    const ask = async () => {
      const backlog = await feed.backlog();
      if (backlog) known = { head: backlog.head, lag: Math.max(0, backlog.head - feed.progress.position) };
      return backlog;
    };
    this.gauge('canbo_feed_log_head', 'The last event of the log.', async () => {
      await ask();
      return Math.max(known.head, feed.progress.position); // which the log held, though it cannot be asked
    });
    this.gauge('canbo_feed_lag_events', 'Events in the log that the feed has not read yet.', async () => {
      await ask();
      return known.lag;
    });
    this.gauge(
      'canbo_feed_lag_seconds',
      'Age of the oldest event that the feed has not read yet; while the log cannot be asked, time since it could.',
      async () => {
        const backlog = await ask();
        if (!backlog) return feed.progress.lookAge;
        return backlog.oldest ? Math.max(0, (Date.now() - backlog.oldest.getTime()) / 1000) : 0;
      },
    );
  }

  private observeDatabase(): void {
    const { database } = this.services;
    new Gauge({
      name: 'canbo_database_connections',
      help: 'Connections to the database by pool: how many there are, are lent, and are waited for.',
      labelNames: ['pool', 'state'],
      registers: this.registers,
      collect() {
        for (const { pool, size, inUse, waiting } of database.load()) {
          this.set({ pool, state: 'open' }, size);
          this.set({ pool, state: 'in_use' }, inUse);
          this.set({ pool, state: 'waiting' }, waiting);
        }
      },
    });
  }

  private observeProcess(): void {
    const { eventLoop } = this;
    new Gauge({
      name: 'canbo_event_loop_delay_seconds',
      help: 'How late the event loop was since the figures were last collected.',
      labelNames: ['quantile'],
      registers: this.registers,
      collect() {
        for (const each of QUANTILES) {
          this.set({ quantile: each / 100 }, eventLoop.percentile(each) / NANOSECONDS);
        }
        eventLoop.reset();
      },
    });
    this.gauge(
      'canbo_process_resident_memory_bytes',
      'Memory of the process.',
      () => process.memoryUsage().rss,
    );
    this.gauge(
      'canbo_process_heap_used_bytes',
      'JavaScript heap in use.',
      () => process.memoryUsage().heapUsed,
    );
    this.gauge(
      'canbo_process_start_time_seconds',
      'When the process started.',
      () => Date.now() / 1000 - process.uptime(),
    );
    new Counter({
      name: 'canbo_process_cpu_seconds_total',
      help: 'Processor time used.',
      registers: this.registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / MICROSECONDS);
      },
    });
  }

  private gauge(name: string, help: string, read?: () => number | Promise<number>): Gauge {
    return new Gauge({
      name,
      help,
      registers: this.registers,
      ...(read && {
        async collect(this: Gauge) {
          this.set(await read());
        },
      }),
    });
  }
}
