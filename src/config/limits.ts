// Limits of the API, each with its reason. Those that an operator can set are in config.ts.

export interface Limits {
  /** Depth of a document: GraphiQL's introspection query is 15 deep. */
  depth: number;
  /** Aliases in one operation: a dashboard needs some dozens; guessing codes would take thousands. */
  aliases: number;
  /** `@include`, `@skip` and the like in one operation. */
  directives: number;
  /** Characters of a name chosen by the caller: an alias is repeated with each record, and no field name has 30. */
  nameLength: number;
  /** Tokens of a document; long lists belong in variables. */
  tokens: number;
  /** Comparisons of fields during validation, see comparisons.ts: 0.1 µs each when warm, so some 10 to 50 ms. */
  comparisons: number;
  /** Lines of a document: each error looks up its own, and each line may hold a comment, which is no token. */
  lines: number;
  /** Validation errors reported of a document: finding more is work, and nobody reads them. */
  documentErrors: number;
  /** Price of one query or mutation, see cost.ts: twice a page of 20 cohorts with 50 learners each. */
  cost: number;
  /** Price from which an operation is heavy (some 50 ms and more), and how many of them run at a time. */
  heavyCost: number;
  heavyOperations: number;
  /** Windows of 1,000 rows of the event log that one operation may search: some 65 ms. */
  windows: number;
  /** Price of a subscription's event: lower, because it is paid once and delivered often. */
  eventCost: number;
  /** Bytes of an HTTP body and of a WebSocket message: 1,000 graduates with a thesis each take about half of it. */
  bytes: number;
  /** Values in the JSON of a request, which in memory take twenty times their bytes: 1,000 graduates with every field. */
  values: number;
  /** Bytes of a WebSocket message before authentication: four times a token of 8 KiB. */
  greetingBytes: number;
  /** Memory for the request of a subscription, kept for as long as it lasts: a filter of 1,000 ids. */
  followedBytes: number;
  /** What all subscriptions of a caller may take: 12,000 small ones, as 100 people with 30 live tiles in three tabs. */
  followedBytesOfCaller: number;
  /** The same of all callers: what a process can spare beside answers. */
  followedBytesOfAll: number;
  /** Send buffer: bytes that may wait for a client that does not read, not counting the largest message. */
  waitingBytes: number;
  /** Bytes of one event of a subscription, whose price is at most 2,000: far more than any screen shows. */
  eventBytes: number;
  /** Errors of an answer, and bytes of them: the first ones say what is wrong, thousands of the same say no more. */
  errors: number;
  errorBytes: number;
  /** Bytes of one caller's answers that are being made or sent: three of the largest, or 300 usual ones. */
  answersOfCaller: number;
  /** The same for all callers: the memory that a process can spare. */
  answersOfAll: number;
  /** How long a client may read no byte of its answer. */
  stalledMs: number;
  /** How long a client may take to read an answer: 10 MB over a slow mobile connection of 30 kB/s. */
  unreadMs: number;
  /** Events that may wait for one subscription, which then resumes from the log. */
  waitingEvents: number;
  /** Persons in access-log entries that wait to be written while the database refuses writes: some 10 MB. */
  waitingPersons: number;
  /** How long an operation may run, and a request may take to arrive. */
  operationMs: number;
  /** How long a socket may stay open before authentication. */
  initMs: number;
  /** Operations of one caller that run at a time: enough for one to wait for the database while another runs. */
  operationsPerCaller: number;
  /** The same for all callers without a token together, because addresses cost an attacker nothing. */
  operationsOfStrangers: number;
  /** The same, of all callers. */
  operations: number;
  /** Operations of one caller that have begun and wait for counts or as heavy ones: beyond, no other begins. */
  parkedPerCaller: number;
  /** The same, of all callers: a parsed document of 4,000 tokens takes some 1.5 MB. */
  parked: number;
  /** Operations of one caller in the queue: 100 people behind one address who open a page at once. */
  waitingPerCaller: number;
  /** The same, of all callers. */
  waiting: number;
  /** Bytes of one caller's queued operations, and of one address's request bodies that are still arriving. */
  heldBytesPerCaller: number;
  /** The same, of all callers. */
  heldBytes: number;
  /** Price of a millisecond of the main thread or of a database connection, see DEFAULT_RATE_LIMIT in config.ts. */
  costPerMs: number;
  /** Sockets of one address that are not yet authenticated: a thousand screens may reconnect at once. */
  greetingsPerAddress: number;
  /** Operations of a socket that have not begun; beyond, the socket is not read: a flood waits at its sender. */
  unbegunPerSocket: number;
  /** Operations that run on one socket at a time: three screens with a live tile for each of 30 units. */
  operationsPerSocket: number;
  /** Sockets of one caller: all dashboards of a department may share a token. */
  socketsPerCaller: number;
  /** Callers whose budgets are remembered; bounded, so that forged addresses do not fill the memory. */
  rememberedCallers: number;
}

export const LIMITS: Limits = {
  depth: 16,
  aliases: 100,
  directives: 50,
  nameLength: 100,
  tokens: 4_000,
  lines: 5_000,
  comparisons: 100_000,
  documentErrors: 20,
  cost: 15_000,
  heavyCost: 2_000,
  heavyOperations: 2,
  windows: 100,
  eventCost: 2_000,
  bytes: 1_048_576,
  values: 50_000,
  greetingBytes: 32_768,
  followedBytes: 131_072,
  followedBytesOfCaller: 33_554_432,
  followedBytesOfAll: 67_108_864,
  waitingBytes: 1_048_576,
  eventBytes: 1_000_000,
  errors: 100,
  errorBytes: 100_000,
  answersOfCaller: 32_000_000,
  answersOfAll: 128_000_000,
  stalledMs: 15_000,
  unreadMs: 300_000,
  waitingEvents: 1_000,
  waitingPersons: 100_000,
  operationMs: 30_000,
  initMs: 10_000,
  operationsPerCaller: 8,
  operationsOfStrangers: 16,
  operations: 32,
  parkedPerCaller: 32,
  parked: 128,
  waitingPerCaller: 5_000,
  waiting: 10_000,
  heldBytesPerCaller: 33_554_432,
  heldBytes: 134_217_728,
  costPerMs: 40,
  greetingsPerAddress: 1_000,
  unbegunPerSocket: 200,
  operationsPerSocket: 100,
  socketsPerCaller: 5_000,
  rememberedCallers: 50_000,
};
