// How much may one caller ask for? Every limit of the API, with its reason; what an operator tunes is in config.ts.

export interface Limits {
  /** Fields inside fields: GraphiQL asks for the schema 15 deep. */
  depth: number;
  /** Aliases in one operation: a dashboard names some dozens of figures; guessing codes would take thousands. */
  aliases: number;
  /** `@include`, `@skip` and the like in one operation. */
  directives: number;
  /** Characters of a name that the caller chooses: an alias is told with each record, and no field's name has 30. */
  nameLength: number;
  /** Words and signs of a document; long lists belong in variables. */
  tokens: number;
  /** Comparisons that validation may need, see comparisons.ts: of 0.1 µs each when warm, so some 10 to 50 ms. */
  comparisons: number;
  /** Errors of a document that are told: to look for more is work, and nobody reads them. */
  documentErrors: number;
  /** Price of one query or mutation, see cost.ts: twice a page of 20 cohorts with 50 learners each. */
  cost: number;
  /** Price beyond which an operation is heavy: it works for some 50 ms and more, and heavy ones run so many at a time. */
  heavyCost: number;
  heavyOperations: number;
  /** Windows of 1,000 rows of the event log that one operation may search: some 65 ms. */
  windows: number;
  /** Price of one event of a subscription, because it is paid once and delivered often. */
  eventCost: number;
  /** Bytes of an HTTP body and of a WebSocket message: 1,000 graduates with a thesis each take about half of it. */
  bytes: number;
  /** Values in the JSON of a request, which take some twenty times the bytes: 1,000 graduates with all they may have. */
  values: number;
  /** Bytes of a WebSocket message before the server knows whose it is: four times a token of 8 KiB. */
  greetingBytes: number;
  /** What the request of a subscription may take in memory, for as long as it lasts: a filter of 1,000 ids. */
  followedBytes: number;
  /** What all subscriptions of a caller may take: 12,000 small ones, as 100 people with 30 live tiles in three tabs. */
  followedBytesOfCaller: number;
  /** The same of all callers: what a process can spare beside answers. */
  followedBytesOfAll: number;
  /** Bytes that may wait for a client that does not read, beside the largest message among them. */
  waitingBytes: number;
  /** Bytes of one event of a subscription, which costs at most 2,000: far more than any screen shows of it. */
  eventBytes: number;
  /** Errors of an answer, and bytes of them: the first ones tell what is wrong, thousands alike tell no more. */
  errors: number;
  errorBytes: number;
  /** Bytes of a caller's answers that are being made or have not been taken: three of the largest, or 300 usual ones. */
  answersOfCaller: number;
  /** The same of all callers: what a process can spare beside its work. */
  answersOfAll: number;
  /** How long a connection may take no byte of its answer. */
  stalledMs: number;
  /** How long an answer may take to be read: 10 MB over the slowest mobile line, of 30 kB a second. */
  unreadMs: number;
  /** Events that may wait for one subscription, which then resumes from the log. */
  waitingEvents: number;
  /** Persons whose data were shown and wait to be noted while writes do not go through: some 10 MB. */
  waitingPersons: number;
  /** How long an operation may run, and a request may take to arrive. */
  operationMs: number;
  /** How long a socket may stay open before it says who it is. */
  initMs: number;
  /** Operations that run at a time, of one caller: enough to wait for the database while another is answered. */
  operationsPerCaller: number;
  /** The same, of all callers without a token together: addresses cost nothing. */
  operationsOfStrangers: number;
  /** The same, of all callers. */
  operations: number;
  /** Operations of one caller that wait for their turn: 100 people behind one address who open a page at once. */
  waitingPerCaller: number;
  /** The same, of all callers. */
  waiting: number;
  /** Bytes of one caller's operations that wait for their turn, and of one address' bodies that have not arrived. */
  heldBytesPerCaller: number;
  /** The same, of all callers. */
  heldBytes: number;
  /** Cost of a millisecond of the main thread, see the reckoning at DEFAULT_RATE_LIMIT of config.ts. */
  costPerMs: number;
  /** Sockets of one address that have not said who they are: a thousand screens may come back at once. */
  greetingsPerAddress: number;
  /** Operations of a socket that have not begun, beyond which it is not read: a flood waits with its sender. */
  unbegunPerSocket: number;
  /** Operations that run on one socket at the same time: a screen with a live tile for each of 30 units, three times. */
  operationsPerSocket: number;
  /** Sockets of one caller: all dashboards of a department may share one token. */
  socketsPerCaller: number;
  /** Callers whose budgets are remembered, so that made-up addresses do not fill the memory. */
  rememberedCallers: number;
}

export const LIMITS: Limits = {
  depth: 16,
  aliases: 100,
  directives: 50,
  nameLength: 100,
  tokens: 4_000,
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
