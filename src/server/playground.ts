// The playground: a page to explore the API at GET /graphql, served from the project's own files.
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { signToken } from '../access/identity';
import { Role } from '../access/policy';
import { type Config } from '../config/config';
import { projectRoot } from '../config/project-root';
import { isLocalHost } from './local-host';
import { isApi, pathAndQuery } from './paths';

const FOLDER = join(projectRoot, 'dist', 'playground');
const ASSETS = join(FOLDER, 'assets');
const SLOT = '<script type="application/json" id="canbo-playground">{}</script>';
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'", // the editor writes its own styles
  "font-src 'self' data:",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Who one can be on the page: a role, whom or what it reaches, and a token that proves it. */
interface ReadyRole {
  role: Role;
  /** The unit, university or staff code that the role is about; null for roles that reach everywhere. */
  of: string | null;
  token: string;
}

/** One class that is held, with what the roles are about. */
const PLACE_QUERY = `{ cohorts(first: 20, filter: { statuses: [IN_PROGRESS] }) { nodes {
  hostUnit { id name } programme { university { id name } }
  enrolments(first: 1) { nodes { official { id code } } } } } }`;

interface Place {
  hostUnit: { id: string; name: string };
  programme: { university: { id: string; name: string } | null };
  enrolments: { nodes: { official: { id: string; code: string } | null }[] };
}

/** Serves the page and its assets; outside production the page carries ready tokens, one for each role. */
export async function servePlayground(
  app: FastifyInstance,
  { config, sampleData }: { config: Config; sampleData: boolean },
): Promise<void> {
  const index = join(FOLDER, 'index.html');
  const page = existsSync(index) ? readFileSync(index, 'utf8') : null;
  if (page)
    await app.register(fastifyStatic, {
      root: FOLDER,
      prefix: '/playground/',
      index: false,
      decorateReply: false,
      cacheControl: false, // set below
      preCompressed: true, // by the build: Monaco would take the compressor of answers a second
      setHeaders: (reply, path) => {
        // A worker obeys the policy it was served with, not that of its page.
        reply.setHeader('content-security-policy', CONTENT_POLICY);
        // Another content has another name.
        const kept = path.startsWith(ASSETS) ? 'max-age=31536000, immutable' : 'max-age=0';
        reply.setHeader('cache-control', `public, ${kept}`);
      },
    });

  app.addHook('onRequest', async (request, reply) => {
    if (!wantsPage(request)) return;
    reply.header('content-security-policy', CONTENT_POLICY);
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8');
    if (!page) return reply.status(503).send('The playground is not built yet: npm run build');
    const roles = await readyRoles(app, config, request);
    const settings = JSON.stringify({ roles, sampleData }).replaceAll('<', '\\u003c');
    return reply.send(page.replace(SLOT, () => SLOT.replace('{}', () => settings)));
  });
}

/** Tells a browser that there is no page, where Apollo would take it for a page that forges requests. */
export function refusePages(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!wantsPage(request)) return;
    const message = 'There is no page here: send operations as JSON with POST. The playground is off.';
    return reply.status(404).send({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] });
  });
}

/** Whether a browser asks for the page, and not a program for an operation. */
export function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  const [, query] = pathAndQuery(url);
  const isPage = method === 'GET' && isApi(url) && /text\/html/.test(headers.accept ?? '');
  return isPage && !new URLSearchParams(query).has('query');
}

/** Only for pages asked for under a name of this machine, so that no other name can be pointed at it to fetch one. */
async function readyRoles(
  app: FastifyInstance,
  { production, jwtSecret }: Config,
  { headers: { host, origin } }: FastifyRequest,
): Promise<ReadyRole[]> {
  const isOwn = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  if (production || !jwtSecret || !isLocalHost(host) || !isOwn) return [];
  const sign = async (role: Role, of: string | null = null, reach: Record<string, string> = {}) => {
    const subject = role === Role.ADMINISTRATOR ? 'playground' : ['playground', role, of].join(' ').trim();
    return { role, of, token: await signToken(jwtSecret, { role, subject, lifetime: '12h', ...reach }) };
  };
  const administrator = await sign(Role.ADMINISTRATOR);
  const roles = [administrator];
  const { hostUnit, university, official } = await placeOf(app, administrator.token);
  if (hostUnit) roles.push(await sign(Role.UNIT_MANAGER, hostUnit.name, { unitId: hostUnit.id }));
  if (university)
    roles.push(await sign(Role.UNIVERSITY_REGISTRAR, university.name, { universityId: university.id }));
  if (official) roles.push(await sign(Role.OFFICIAL, official.code, { officialId: official.id }));
  return [...roles, await sign(Role.VIEWER)];
}

/** @returns a unit, a university and a learner of classes that are held; none of them in an empty registry. */
async function placeOf(app: FastifyInstance, token: string) {
  const { address, family, port } = app.server.address() as AddressInfo;
  const response = await fetch(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: PLACE_QUERY }),
  });
  const { data } = (await response.json()) as { data?: { cohorts: { nodes: Place[] } } | null };
  const cohorts = data?.cohorts.nodes ?? [];
  const officials = cohorts.flatMap(({ enrolments }) => enrolments.nodes.map(({ official }) => official));
  return {
    hostUnit: cohorts[0]?.hostUnit,
    university: cohorts.map(({ programme }) => programme.university).find(Boolean),
    official: officials.find(Boolean),
  };
}
