// Requests that name a registered document instead of sending its text: `documentId` as in GraphQL over HTTP, `doc_id` as
// Relay's example has it, or `extensions.persistedQuery` of Apollo. The text is put in its place before anything reads the
// request. By GET the answer has an ETag, and costs no bytes while it stays the same.
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiError, badInput } from '../graphql/errors';
import type { RegisteredDocuments } from '../operation/registered';
import { API_PATH, STREAM_PATH } from './paths';

const LONGEST_ID = 200;
const SHOWN_BYTES = 27;

type Sent = Record<string, unknown> & { extensions?: unknown };

/** Fills requests in, and compares answers by GET with what the client has. */
export function serveRegistered(app: FastifyInstance, documents: RegisteredDocuments): void {
  if (!documents.inUse) return;
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
    const isSame = (request.headers['if-none-match'] ?? '').split(/\s*,\s*/).includes(etag);
    if (isSame) reply.status(304);
    done(null, isSame ? null : payload);
  });
}

/** @returns whether the request named a document. @throws PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_REGISTERED */
function fillIn(request: FastifyRequest, documents: RegisteredDocuments): boolean {
  const isGet = request.method === 'GET';
  const sent = (isGet ? request.query : request.body) as Sent | null | undefined;
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return false;
  const extensions = extensionsOf(sent.extensions);
  const id = sent.documentId ?? sent.doc_id ?? extensions.persistedQuery?.sha256Hash;
  if (typeof id !== 'string' || id === '') return false;
  if (id.length > LONGEST_ID) throw badInput('The id of the document is too long.');
  const query =
    typeof sent.query === 'string' && sent.query
      ? registering(id, sent.query, documents)
      : documents.textOf(id);
  if (query === undefined) throw unknown(id, documents);
  const { persistedQuery: _, ...others } = extensions;
  if (isGet) fillAddress(request, query, others);
  else request.body = { ...sent, query, extensions: others };
  return true;
}

/** @returns the text. @throws BAD_USER_INPUT when it has another hash, which would give others a wrong document. */
function registering(id: string, text: string, documents: RegisteredDocuments): string {
  if (documents.textOf(id) === text || documents.remember(id, text)) return text;
  throw badInput('The hash sent with this document is that of another text: send the SHA-256 of `query`.');
}

function fillAddress(request: FastifyRequest, query: string, extensions: object): void {
  const [path, search] = request.url.split('?');
  const parameters = new URLSearchParams(search);
  for (const name of ['documentId', 'doc_id', 'extensions']) parameters.delete(name);
  parameters.set('query', query);
  if (Object.keys(extensions).length > 0) parameters.set('extensions', JSON.stringify(extensions));
  request.raw.url = `${path}?${parameters.toString()}`;
  request.query = Object.fromEntries(parameters);
}

function extensionsOf(
  given: unknown,
): Record<string, unknown> & { persistedQuery?: { sha256Hash?: unknown } } {
  try {
    const extensions: unknown = typeof given === 'string' ? JSON.parse(given) : given;
    return typeof extensions === 'object' && extensions !== null ? { ...extensions } : {};
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
