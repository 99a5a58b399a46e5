// Requests that name a registered document instead of sending its text: `documentId` as in GraphQL over HTTP, `doc_id` as
// Relay's example has it, or `extensions.persistedQuery` of Apollo. The text is put in its place before anything reads the
// request. By GET the answer has an ETag, and costs no bytes while it stays the same.
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiError, badInput } from '../graphql/errors';
import type { RegisteredDocuments } from '../operation/registered';
import { API_PATH, pathAndQuery, STREAM_PATH } from './paths';

const LONGEST_ID = 200;
const SHOWN_BYTES = 27;
/** Of a header with ETags: one has some 30 characters, and a client keeps a few. */
const LOOKED_AT = 1_000;

const WRONG_HASH = 'The hash sent with this document is that of another text: send the SHA-256 of `query`.';

type Sent = Record<string, unknown> & { extensions?: unknown };

/** Fills requests in, and compares answers by GET with what the client has. */
export function serveRegistered(app: FastifyInstance, documents: RegisteredDocuments): void {
  const byGet = new WeakSet<FastifyRequest>();
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.routeOptions.url !== API_PATH && request.routeOptions.url !== STREAM_PATH) return done();
    if (fillIn(request, documents) && request.method === 'GET') byGet.add(request);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const isText = typeof payload === 'string' || Buffer.isBuffer(payload);
    if (!byGet.has(request) || reply.statusCode !== 200 || !isText) return done(null, payload);
    const hash = createHash('sha256').update(payload).digest('base64url').slice(0, SHOWN_BYTES);
    const etag = `W/"${hash}"`;
    reply.headers({ etag, 'cache-control': 'private, no-cache' }); // personal data are for this caller alone
    const kept = (request.headers['if-none-match'] ?? '').slice(0, LOOKED_AT).split(',');
    const isSame = kept.some((each) => each.trim() === etag);
    if (isSame) reply.status(304);
    done(null, isSame ? null : payload);
  });
}

/** The hashes under which requests register their documents, which are remembered once they were found good. */
const registering = new WeakMap<FastifyRequest, string>();

/** The hash under which a request registers its document, if it does. */
export const registeredBy = (request: FastifyRequest): string | undefined => registering.get(request);

/** @returns whether the request named a document. @throws PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_REGISTERED */
function fillIn(request: FastifyRequest, documents: RegisteredDocuments): boolean {
  const isGet = request.method === 'GET';
  const sent = (isGet ? request.query : request.body) as Sent | null | undefined;
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return false;
  const extensions = extensionsOf(sent.extensions);
  const isNamed = typeof extensions.persistedQuery === 'object';
  if (!documents.inUse && isNamed) return false; // Apollo says that it is not served
  const id = documents.inUse && (sent.documentId ?? sent.doc_id ?? extensions.persistedQuery?.sha256Hash);
  const names = typeof id === 'string' && id !== '';
  // An extension that names no document is none: beside a text it is passed over.
  if (!names && (isNamed || extensions.persistedQuery === undefined || !sent.query)) return false;
  const query = names ? documentOf(id, sent.query, request, documents) : (sent.query as string);
  delete extensions.persistedQuery; // nothing is copied: there may be thousands of others
  if (isGet) fillAddress(request, query, extensions);
  else Object.assign(sent, { query, extensions });
  return names;
}

/** @throws PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_REGISTERED, BAD_USER_INPUT */
function documentOf(
  id: string,
  sent: unknown,
  request: FastifyRequest,
  documents: RegisteredDocuments,
): string {
  if (id.length > LONGEST_ID) throw badInput('The id of the document is too long.');
  const known = documents.textOf(id);
  const query = typeof sent === 'string' && sent ? sent : known;
  if (query === undefined) throw unknown(id, documents);
  if (query === known) return query;
  // Under another hash it would give others a wrong document.
  if (!documents.fits(id, query)) throw badInput(WRONG_HASH);
  registering.set(request, id);
  return query;
}

function fillAddress(request: FastifyRequest, query: string, extensions: object): void {
  const [path, search] = pathAndQuery(request.url);
  const parameters = new URLSearchParams(search);
  for (const name of ['documentId', 'doc_id', 'extensions']) parameters.delete(name);
  parameters.set('query', query);
  if (Object.keys(extensions).length > 0) parameters.set('extensions', JSON.stringify(extensions));
  request.raw.url = `${path}?${parameters.toString()}`;
  request.query = Object.fromEntries(parameters);
}

type Extensions = Record<string, unknown> & { persistedQuery?: { sha256Hash?: unknown } };

function extensionsOf(given: unknown): Extensions {
  try {
    const extensions: unknown = typeof given === 'string' ? JSON.parse(given) : given;
    return typeof extensions === 'object' && extensions !== null ? (extensions as Extensions) : {};
  } catch {
    return {};
  }
}

function unknown(id: string, { automatic }: RegisteredDocuments) {
  // Clients know this message, with status 200, and send the text.
  if (automatic)
    return apiError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound', { http: { status: 200 } });
  const message = `No document is registered as "${id}": is this version of the client in documents.json of the server?`;
  return apiError('DOCUMENT_NOT_REGISTERED', message, { http: { status: 400 } });
}
