// Monitoring: the endpoints /health/live, /health/ready and /metrics.
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config';
import type { Metrics } from './metrics';
import type { Readiness } from './readiness';

interface Monitoring {
  readiness: Readiness;
  metrics: Metrics;
  access: Config['metrics'];
}

/** Serves /health/live, /health/ready and, unless it is off, /metrics. */
export function serveMonitoring(app: FastifyInstance, { readiness, metrics, access }: Monitoring): void {
  app.get('/health/live', () => ({ status: 'ok' }));
  app.get('/health/ready', async (_request, reply) => {
    const reason = await readiness.trouble();
    if (reason) return reply.status(503).send({ status: 'unavailable', reason });
    return { status: 'ok' };
  });
  if (access === 'off') return;
  app.get('/metrics', async ({ headers: { authorization } }, reply) => {
    if (access !== 'open' && !same(authorization, `Bearer ${access.token}`)) {
      return reply.status(401).header('www-authenticate', 'Bearer').send({ status: 'unauthorized' });
    }
    const { type, body } = await metrics.text();
    return reply.type(type).send(body);
  });
}

/** Compares in constant time: a token cannot be found a character at a time. */
function same(given: string | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
