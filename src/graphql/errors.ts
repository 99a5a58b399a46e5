// Errors of the API: a Refusal becomes `userErrors` of a mutation's payload, a warning what is improbable; apiError()
// makes a top-level error.
import { type Locale, type Text, wording } from '../lib/locale';
import { GraphQLError } from 'graphql';
import { Extensions, Field, ObjectType } from 'type-graphql';
import { described } from './enums';

export const UserErrorCode = described(
  'UserErrorCode',
  'The kind of refusal (loại lỗi), for programs; the message is for people.',
  {
    INVALID: 'A value is malformed or out of bounds (giá trị không hợp lệ).',
    NOT_FOUND: 'No such record, or not within reach (không tìm thấy).',
    ALREADY_EXISTS: 'A record with this value exists already (đã tồn tại).',
    CONFLICT: 'The change contradicts another fact of the registry (mâu thuẫn dữ liệu).',
    STALE_VERSION: 'The record was changed since you read it (phiên bản đã cũ).',
    ILLEGAL_TRANSITION: 'The present state of the record does not allow this step (sai trạng thái).',
    CAPACITY_EXCEEDED: 'The cohort has fewer places than needed, or the unit fewer seats (vượt sĩ số).',
    NOT_ELIGIBLE: 'The official cannot take part (không đủ điều kiện).',
    NOT_ENROLLED: 'The official is not a learner of this cohort (không phải học viên).',
    UNIT_CLOSED: 'The unit is not open on that day (đơn vị đã kết thúc hoạt động).',
    OVERLAPPING_PERIOD: 'The period overlaps another one (trùng thời gian).',
    UNACCEPTED_WARNING:
      'Possible but improbable, as the warning with this path says; send acceptWarnings if it is right (cảnh báo chưa được chấp nhận).',
  },
);
export type UserErrorCode = keyof typeof UserErrorCode;

@Extensions({ ofPerson: 'officialId' })
@ObjectType({
  description: 'Why a mutation was refused (lý do từ chối). The whole mutation then changed nothing.',
  simpleResolvers: true,
})
export class UserError {
  @Field(() => UserErrorCode, { description: 'The kind of refusal (mã lỗi).' })
  code!: UserErrorCode;

  @Field(() => String, {
    description: 'What was wrong and what to do, in Vietnamese or English after Accept-Language (thông báo).',
  })
  message!: string;

  @Field(() => [String], {
    description: 'Path in the input, e.g. ["input", "graduates", "3", "officialId"] (vị trí).',
  })
  path!: string[];

  /** Of whose record it tells. */
  officialId!: string | null;
}

export const WarningCode = described(
  'WarningCode',
  'What is possible but improbable (loại cảnh báo), for programs; the message is for people.',
  {
    PROBABLE_DUPLICATE:
      'An official within your reach has the same name and date of birth (có thể trùng hồ sơ).',
    IMPROBABLE_DATE: 'Somebody would be very young or very old on that day (ngày tháng khó có thể đúng).',
    DUPLICATE_CREDENTIAL:
      'The same institution gave this number to another graduation (trùng số hiệu văn bằng, chứng chỉ).',
    NO_ATTENDANCE: 'The cohort had sessions, and the learner attended none (chưa tham dự buổi học nào).',
    OVERLAPPING_SESSIONS:
      'Sessions of two cohorts on one day together have more periods than a day (trùng lịch học).',
    PAST_FIRST_DAY:
      'The nomination is of a day after the first one of a class that goes on (đã qua ngày khai giảng).',
    NOT_THE_AUDIENCE: 'The programme is for others than this learner (không đúng đối tượng).',
  },
);
export type WarningCode = keyof typeof WarningCode;

@Extensions({ ofPerson: 'officialId' })
@ObjectType({
  description:
    'Possible but improbable (cảnh báo). Nothing was changed unless acceptWarnings was sent: look again, then send it.',
  simpleResolvers: true,
})
export class Warning {
  @Field(() => WarningCode, { description: 'What is improbable (mã cảnh báo).' })
  code!: WarningCode;

  @Field(() => String, {
    description: 'What to look at, in Vietnamese or English after Accept-Language (thông báo).',
  })
  message!: string;

  @Field(() => [String], { description: 'Path in the input, e.g. ["input", "fullName"] (vị trí).' })
  path!: string[];

  /** Of whose record it tells. */
  officialId!: string | null;
}

/** Path of a field in an input. */
export type Path = (string | number)[];

/** Message for a record that does not exist or is out of the caller's reach. */
export const missing = (vi: string, en: string): Text => ({
  vi: `Không tìm thấy ${vi} này.`,
  en: `There is no such ${en}.`,
});

/** Message for a record that the caller may see, but not change like this. */
export const notYours = (vi: string, en: string): Text => ({
  vi: `Bạn không có quyền thực hiện việc này với ${vi}.`,
  en: `You may not do this to ${en}.`,
});

/** A message with the place that it is about before it. */
export const textAt = (place: string, { vi, en }: Text): Text => ({
  vi: `${place}: ${vi}`,
  en: `${place}: ${en}`,
});

/** Message for a duplicate entry of a list. */
export const NAMED_TWICE: Text = { vi: 'Được nêu hai lần trong danh sách.', en: 'Named twice in the list.' };

/** Why one entry of a list is refused. */
export type Reason = readonly [code: UserErrorCode, text: Text];

export interface RefusalEntry {
  code: UserErrorCode;
  /** Path below `input`; list indexes are numbers. */
  path: (string | number)[];
  text: Text;
  /** Of whose record it tells: that counts as a read of it. */
  officialId?: string | null;
}

/** What an action found improbable. */
export interface WarningEntry extends Omit<RefusalEntry, 'code'> {
  code: WarningCode;
}

/** A broken rule of the registry: rolls the transaction back and is returned as `userErrors`. */
export class Refusal extends Error {
  constructor(readonly entries: RefusalEntry[]) {
    super(entries.map((entry) => `${entry.code} at ${entry.path.join('.')}`).join('; '));
  }
}

/** Warnings that the client did not accept. A client that knows no warnings reads each as a refusal. */
export class Unaccepted extends Refusal {
  constructor(readonly warnings: WarningEntry[]) {
    super(warnings.map((each) => ({ ...each, code: UserErrorCode.UNACCEPTED_WARNING })));
  }
}

/** Throws a Refusal at once, for a rule that later checks depend on. @throws Refusal */
export function refuse(code: keyof typeof UserErrorCode, path: (string | number)[], text: Text): never {
  throw new Refusal([{ code: UserErrorCode[code], path, text }]);
}

/** Collects refusals, so that a client with three wrong entries gets all three at once. */
export class Refusals {
  private readonly entries: RefusalEntry[] = [];

  /** Adds a refusal. */
  add(code: keyof typeof UserErrorCode, path: (string | number)[], text: Text): void {
    this.entries.push({ code: UserErrorCode[code], path, text });
  }

  /** The result of `work`, or null when it throws a Refusal, whose entries are collected. */
  async gather<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.entries.push(...error.entries);
      return null;
    }
  }

  /** @throws Refusal with all entries collected, if there is any. */
  throwIfAny(): void {
    if (this.entries.length > 0) throw new Refusal(this.entries);
  }
}

/** The codes of top-level errors, with their meaning and what the client can do. Printed in docs/errors.md. */
export const ERROR_CODES = {
  UNAUTHENTICATED: 'The token is missing, expired or not valid. Get a new one; over HTTP the status is 401.',
  FORBIDDEN: 'The caller does not hold the permission, or may not filter by this value.',
  BAD_USER_INPUT: 'An argument, a variable or the request is malformed; the message says which.',
  BAD_REQUEST: 'The request cannot be read as GraphQL over HTTP, or its caller has gone away.',
  GRAPHQL_PARSE_FAILED: 'The document has a syntax error.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  OPERATION_RESOLUTION_FAILURE:
    'The document has several operations, and `operationName` names none of them.',
  PERSISTED_QUERY_NOT_SUPPORTED: 'Send the document instead of its hash.',
  PERSISTED_QUERY_NOT_FOUND: 'The server does not know the document of this hash: send both.',
  DOCUMENT_NOT_REGISTERED:
    'This server executes registered documents only, or none is registered by this id: its operator adds them.',
  QUERY_TOO_COMPLEX:
    'The operation is too deep, too long or too expensive: `limit` says by which measure, `asked` and `allowed` by how much.',
  RATE_LIMITED:
    'The budget of the minute is spent, or the caller holds or waits for too much: try again after `retryAfter` seconds.',
  ANSWER_TOO_LARGE: 'The answer would be larger than is allowed: ask for less at a time.',
  CURSOR_EXPIRED:
    'Events after this cursor are no longer kept. Query the data again, and follow from a new `latestCursor`.',
  CURSOR_INVALID:
    'The cursor belongs to another event log. Query again, and follow from a new `latestCursor`.',
  UNAVAILABLE:
    'The database, the identity provider or this process cannot answer for the moment, or the operation took too long: try again later.',
  INTERNAL_SERVER_ERROR: "A bug. Its `reference` is also in the server's log.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The values of `extensions.limit`: by which measure something was too much. Printed in docs/errors.md. */
export const LIMITS = {
  aliases: 'Aliases of a document.',
  answerBytes: 'Bytes of an answer.',
  answersOfCaller: "Memory of the caller's answers that are being made or were not read.",
  bodies: 'Memory of request bodies that are being read.',
  comparisons: 'Comparisons that validating the document would take, as it names the same fields often.',
  cost: 'Price of an operation.',
  depth: 'Depth of a document.',
  directives: 'Directives of a document.',
  errors: 'Errors of an answer; the rest is left out.',
  eventCost: 'Price of one event of a subscription.',
  followedBytes: "Memory of a subscription's request.",
  followedBytesOfCaller: 'Memory of the open subscriptions of the caller, or of all.',
  lines: 'Lines of a document.',
  nameLength: 'Characters of a name in a document.',
  operationsPerSocket: 'Operations that run on one socket at a time.',
  rows: 'Rows of the event log that an operation searches: continue after its `cursor`.',
  socketsPerCaller: 'Sockets and streams of a caller.',
  time: 'Time of an operation, waiting included.',
  waiting: 'Operations in the queue.',
} as const;

export type Limit = keyof typeof LIMITS;

/** `retryAfter` in seconds, a guess: when what waits will have had its turn, and when something held will have ended. */
export const RETRY = { turn: 5, end: 10 } as const;

/** What errors say in each language, where they say it in both. */
const TEXTS = new WeakMap<GraphQLError, Text>();

/**
 * Makes a top-level error with a code that the client can act on.
 * @param message in English, which is for developers; or in each language, for what people may meet.
 */
export function apiError(
  code: ErrorCode,
  message: string | Text,
  extensions: Record<string, unknown> & { limit?: Limit } = {},
): GraphQLError {
  const isText = typeof message !== 'string';
  const error = new GraphQLError(isText ? message.en : message, { extensions: { ...extensions, code } });
  if (isText) TEXTS.set(error, message);
  return error;
}

/** Makes a BAD_USER_INPUT error. */
export const badInput = (message: string | Text): GraphQLError => apiError('BAD_USER_INPUT', message);

/** An error in a language. What graphql-js has put before its message, as the name of a variable, stays as it is. */
export function saidIn(locale: Locale, error: GraphQLError): GraphQLError {
  const text = TEXTS.get(error) ?? TEXTS.get(error.originalError as GraphQLError);
  if (!text || locale === 'en') return error;
  const { nodes, source, positions, path, originalError, extensions } = error;
  const message = error.message.replace(text.en, () => wording(text, locale));
  return new GraphQLError(message, { nodes, source, positions, path, originalError, extensions });
}
