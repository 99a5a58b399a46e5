// Size of answers: counts the bytes of an answer while it is made, and stops the operation where they are too many.
//
// Every field of the schema is wrapped once: its key and, of a leaf, its value are counted as they will be in JSON. The
// estimate leaves out what is small; an answer is as large as its values.
import {
  defaultFieldResolver,
  getNamedType,
  type GraphQLField,
  GraphQLError,
  type GraphQLSchema,
  isLeafType,
  isObjectType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Holding, Ledger } from './ledger';
import { LIMITS } from '../config/limits';
import { apiError, RETRY } from '../graphql/errors';
import type { Reader } from '../graphql/reader';

/** Quotation marks, colon and comma beside a key; braces count with what is in them. */
const BESIDE_KEY = 4;
/** An instant and its quotation marks. */
const INSTANT = 26;
/** Bytes are entered in the ledger so many at a time, and those of smaller answers once they are made. */
const STEP = 65_536;
/** A larger value is completed in a turn of the event loop of its own: a list of a thousand texts takes a millisecond. */
const LARGE = 16_384;
/** What JSON may write longer than the text is. */
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;
const OF_A_MUTATION =
  'Of a mutation, read whether it has happened, or send it again with the same clientMutationId.';
/** With a path graphql-js passes it on as it is. It is counted among the errors that are not sent. */
const ONE_OF_MANY = new GraphQLError('One of many errors.', { path: [] });
/** Types of introspection belong to graphql-js: two schemas of a process share them. */
const counted = new WeakSet<object>();

/** How large answers may become: of an operation, and of one event of a subscription. */
export interface AnswerBounds {
  answer: number;
  event: number;
}

/** The answer of one operation while it is made, and over HTTP until it was taken. */
export class Answer {
  /** Why it cannot be sent: then this error is the whole answer. */
  failure: GraphQLError | null = null;
  private allowed: number;
  private bytes = 0;
  private held = 0;
  private failures = 0;
  private ended = false;
  /** What every field fails with from then on: graphql-js passes on an error with a path as it is. */
  private thrown: GraphQLError | null = null;
  private holding: Holding | null = null;
  private response: ServerResponse | null = null;
  /** When the last of its large values may be completed. */
  private turn = Promise.resolve();
  private endUnread = (): void => undefined;

  constructor(
    private readonly reader: Reader,
    private readonly bounds: AnswerBounds,
    private readonly ledger: Ledger,
    private readonly caller: string,
  ) {
    this.allowed = bounds.answer;
  }

  /** It is one event of a subscription. */
  ofEvent(): void {
    this.allowed = Math.min(this.bounds.event, this.bounds.answer);
  }

  /**
   * It goes out as this response, which holds it until it was taken.
   * @param endUnread what ends the response when it is not.
   */
  over(response: ServerResponse, endUnread: () => void): void {
    this.response = response;
    this.endUnread = endUnread;
  }

  /** @throws why the answer cannot go on. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.allowed) this.stop(tooLarge(this.allowed));
    else if (this.bytes - this.held >= STEP) this.hold();
    if (this.thrown) throw this.thrown;
  }

  /**
   * A field has failed.
   * @returns what it fails with: beyond the errors that are sent, one that costs nothing. For each other graphql-js looks
   *   up its line in the document, and one list may fail for thousands of records.
   */
  failed(error: unknown): unknown {
    this.failures += 1;
    return this.failures > LIMITS.errors ? ONE_OF_MANY : error;
  }

  /** @returns the value of a leaf or a list of them, counted; of a large one, a promise. @throws as add does. */
  leaf(value: unknown): unknown {
    const bytes = bytesOf(value);
    this.add(bytes);
    if (bytes < LARGE) return value;
    this.turn = this.turn.then(() => nextTurn());
    return this.turn.then(() => {
      if (this.thrown) throw this.thrown;
      return value;
    });
  }

  /** It is made: what was held is released, or waits for the peer. That may be too much, and make it fail. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    const { response } = this;
    if (!response || response.closed) {
      this.holding?.release();
      return;
    }
    const holding = this.hold();
    holding.wait(this.endUnread);
    const { socket } = response;
    const taken = () => {
      response.off('close', taken);
      socket?.off('close', taken); // an answer behind another one on its connection emits no close
      holding.release();
    };
    response.on('close', taken);
    socket?.on('close', taken);
  }

  /** Enters in the ledger what is not there yet. */
  private hold(): Holding {
    this.holding ??= this.ledger.open(this.caller, () => this.stop(tooMuchAtOnce()));
    this.holding.grow(this.bytes - this.held);
    this.held = this.bytes;
    return this.holding;
  }

  private stop(reason: GraphQLError): void {
    if (this.thrown) return;
    this.failure = reason;
    const { message, extensions } = reason;
    this.thrown = new GraphQLError(message, { extensions, path: [] });
    this.reader.abort(this.thrown);
  }
}

/** Wraps the fields of a schema, once it is built; those of introspection, too. */
export function countAnswers(schema: GraphQLSchema): void {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()));
  for (const field of [...fields, SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef]) {
    if (counted.has(field)) continue;
    counted.add(field);
    count(field);
  }
}

function count(field: GraphQLField<unknown, { answer?: Answer } | undefined>): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  const isLeaf = isLeafType(getNamedType(field.type));
  field.resolve = (source, args, context, info) => {
    const answer = context?.answer;
    if (!answer) return resolve(source, args, context, info);
    answer.add(String(info.path.key).length + BESIDE_KEY);
    const fail = (error: unknown): never => {
      throw answer.failed(error);
    };
    try {
      const value: unknown = resolve(source, args, context, info);
      if (value instanceof Promise)
        return value.then(isLeaf ? (settled: unknown) => answer.leaf(settled) : undefined).catch(fail);
      return isLeaf ? answer.leaf(value) : value;
    } catch (error) {
      return fail(error);
    }
  };
}

/** How many bytes a value is in JSON, escapes included. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string')
    return Buffer.byteLength(ESCAPED.test(value) ? JSON.stringify(value) : value) + 2;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value).length;
  if (value === null || value === undefined) return 4;
  if (value instanceof Date) return INSTANT;
  if (Array.isArray(value)) return value.reduce<number>((total, each) => total + bytesOf(each) + 1, 2);
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

function tooLarge(allowed: number): GraphQLError {
  return apiError(
    'ANSWER_TOO_LARGE',
    `The answer is larger than the ${allowed} bytes that are allowed: ask for fewer records with \`first\`, or for ` +
      `fewer fields. ${OF_A_MUTATION}`,
    { limit: 'answerBytes', allowed },
  );
}

function tooMuchAtOnce(): GraphQLError {
  return apiError(
    'RATE_LIMITED',
    'Too many of your answers are being made or have not been read: read those first, or ask for less at a time. ' +
      OF_A_MUTATION,
    {
      limit: 'answersOfCaller',
      retryAfter: RETRY.end,
      http: { status: 429, headers: new Map([['retry-after', String(RETRY.end)]]) },
    },
  );
}
