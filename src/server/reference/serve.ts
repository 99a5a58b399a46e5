// Schema reference at /docs: served in production, too, packed once, and kept by browsers until the schema changes.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import Negotiator from 'negotiator';
import { DOCS_PATH } from '../paths';
import { renderReference } from './page';

interface Served {
  policy: string;
  version: string;
  bodies: Record<Encoding, Buffer>;
}

/** The encodings that can be sent, the smallest first. */
const ENCODINGS = ['br', 'gzip', 'identity'] as const;
type Encoding = (typeof ENCODINGS)[number];
/** Nearly as small as the highest quality, in a tenth of the time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** Made when it is first asked for; the schema of a process never changes. */
let shared: Promise<Served> | null = null;

/** Serves the page. Nothing in it is secret: the schema is published with every release. */
export function serveReference(app: FastifyInstance, schema: () => GraphQLSchema): void {
  app.get(DOCS_PATH, async ({ headers }, reply) => {
    const { policy, version, bodies } = await (shared ??= make(schema()));
    const accepted = new Negotiator({ headers }).encodings([...ENCODINGS]);
    const encoding = ENCODINGS.find((each) => accepted.includes(each)) ?? 'identity';
    const etag = `"${version}-${encoding}"`;
    reply.headers({
      'content-security-policy': policy,
      'cache-control': 'no-cache', // kept, and asked each time whether it is still good
      vary: 'Accept-Encoding',
      etag,
    });
    if (isKept(headers['if-none-match'], etag)) return reply.status(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type('text/html; charset=utf-8').send(bodies[encoding]);
  });
}

async function make(schema: GraphQLSchema): Promise<Served> {
  const { html, style, script } = renderReference(schema);
  const identity = Buffer.from(html);
  const [br, packed] = await Promise.all([
    promisify(brotliCompress)(identity, BROTLI),
    promisify(gzip)(identity),
  ]);
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:', // the icon, which is empty
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  const version = createHash('sha256').update(html).digest('base64url').slice(0, 22);
  return { policy, version, bodies: { br, gzip: packed, identity } };
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** Whether the browser has this version. A proxy that packs anew marks the version as weak. */
function isKept(given: string | undefined, etag: string): boolean {
  const versions = (given ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return versions.includes(etag) || versions.includes('*');
}
