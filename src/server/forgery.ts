// Cross-site request forgery: refuses a query by GET that any page on the web could have made a browser send.
//
// A POST needs no such check: it is read as JSON only, and a page of another origin cannot send that without asking first
// (CORS preflight). A GET is answered when it carries what such a page cannot send without asking, or what the browser
// itself says about the page. Headers that proxies add by themselves (`x-request-id`, `traceparent`) prove nothing.
import type { FastifyRequest } from 'fastify';
import { apiError } from '../graphql/errors';
import type { Origins } from './origins';

/** Headers that only a program sends. */
const OF_PROGRAMS = [
  'apollo-require-preflight',
  'graphql-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'x-requested-with',
  'canbo-after',
];
/** Types of a body that a page may send without asking. */
const SIMPLE_TYPES = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i;

const COULD_BE_FORGED =
  'Any page on the web could have made a browser send this GET (CSRF), so it is not answered. Send the token as ' +
  '"Authorization: Bearer <token>"; or without one the header "content-type: application/json" or ' +
  '"apollo-require-preflight: 1"; or use POST, in urql by `preferGetMethod: false`.';

/** @throws BAD_REQUEST for a GET that another page could have sent. */
export function assertNotForged(request: FastifyRequest, origins: Origins): void {
  if (request.method !== 'GET' || isProven(request, origins)) return;
  throw apiError('BAD_REQUEST', COULD_BE_FORGED, { http: { status: 400 } });
}

function isProven({ raw, headers }: FastifyRequest, origins: Origins): boolean {
  // A browser sends the password of a proxy (Basic) by itself, also for other pages.
  if (/^bearer /i.test(headers.authorization ?? '')) return true;
  const type = headers['content-type'];
  if (type && !SIMPLE_TYPES.test(type)) return true;
  if (OF_PROGRAMS.some((name) => headers[name])) return true;
  // Pages can set neither of these two.
  if (headers['sec-fetch-site'] === 'same-origin') return true;
  return headers.origin !== undefined && origins.allows(raw);
}
