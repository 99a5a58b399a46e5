// How does one subscription run? Each event with a context of its own, and never with rights that have ended.
import { createHash } from 'node:crypto';
import {
  type ArgumentNode,
  type ConstArgumentNode,
  createSourceEventStream,
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLField,
  Kind,
  print,
  visit,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { admit } from '../access/gate';
import { callerKey } from '../access/caller';
import type { Caller, Context } from '../operation/context';
import { decodeCursor } from '../events/cursor';
import type { LoggedEvent } from '../events/event.entity';
import { Follower, TooSlow } from '../events/follower';
import type { Permits } from '../database/turns';
import { apiError } from '../graphql/errors';
import { isAway } from '../database/away';
import { stoppable } from '../lib/stoppable';
import type { Present } from '../operation/present';
import type { Metrics } from './metrics';
import { Told } from './told';

export type Results = AsyncIterableIterator<Told>;

/** Price beyond which an event is made by turns: each takes some milliseconds, and one change may have hundreds. */
const HEAVY_EVENT = 300;

/** An operation and what it costs, which is told with each of its results. */
export interface Priced extends ExecutionArgs {
  cost: number | null;
  /** What its request takes in memory. */
  bytes: number;
}

/** What carries a subscription: a socket, or a stream over HTTP. */
export interface Carrier {
  /** A context with the rights that the caller has at this moment, which can read what the log tells up to `after`. */
  openContext(after?: number): Promise<Context>;
  /** The subscriptions it carries; each is checked again when rights may have changed. */
  readonly running: Set<Running>;
  readonly metrics: Metrics;
  readonly present: Present;
  readonly caller: Caller;
  /** How far in the log its client was told of things, which it must be able to read. */
  after: number;
  /** Events that are being shown this moment, to all connections of the server, by event and kind of subscription. */
  readonly showing: Map<string, Promise<Shown>>;
  /** Turns of expensive events, of which only a few are made at a time for all connections. */
  readonly heavyEvents: Permits;
}

/** What one event comes to: a result, made into JSON, or why it is not shown and the subscription ends. */
export type Shown = { told: Told } | { refusal: GraphQLError };

/** A subscription that is being followed. */
export interface Running {
  /** Its place in the log; null for one that follows no single events. */
  readonly follower: Follower | null;
  /** The place of the event that its last result shows; null when that shows none. */
  readonly shown: number | null;
  /** Ends it with an error unless the caller still may follow it. */
  recheck(context: Context): Promise<void>;
}

interface Root {
  field: GraphQLField<unknown, unknown>;
  args: object;
  /** Where the document names it; more than once only with the same arguments. */
  nodes: readonly FieldNode[];
}

/**
 * Subscribes.
 * @param lastEventId the cursor to resume after, whatever the document says of it.
 * @returns the results, or errors when it was refused.
 * @throws (the results) whatever the source fails with, TooSlow among it, and that the database is away.
 */
export async function subscribe(
  sent: Priced,
  carrier: Carrier,
  lastEventId?: string,
): Promise<Results | ExecutionResult> {
  let context: Context | null = null;
  let args = sent;
  let root: Root;
  let source: AsyncIterable<unknown> | ExecutionResult;
  try {
    context = await carrier.openContext();
    root = rootOf(args);
    if (lastEventId !== undefined) args = resumedAfter(args, root, lastEventId);
    await admit(root.field, root.args, context);
    source = await createSourceEventStream({ ...args, contextValue: context });
  } catch (error) {
    return { errors: [asGraphQLError(error)] };
  } finally {
    await context?.end();
  }
  return Symbol.asyncIterator in source
    ? follow(args, carrier, root, kindOf(sent, root, carrier.caller), source)
    : source;
}

function follow(
  args: Priced,
  carrier: Carrier,
  root: Root,
  kind: string,
  source: AsyncIterable<unknown>,
): Results {
  const events = source[Symbol.asyncIterator]() as AsyncIterableIterator<unknown>;
  let refusal: GraphQLError | null = null;
  const running = {
    shown: null as number | null,
    follower: events instanceof Follower ? events : null,
    recheck: async (context: Context) => {
      refusal ??= await refusalOf(root, context);
      if (refusal) await events.return?.();
    },
  };
  carrier.running.add(running);
  const counted = carrier.metrics.following(root.field.name);
  const leave = () => {
    if (carrier.running.delete(running)) counted.ended();
  };

  let left = false;
  let showing: Context | null = null;
  /** Figures that nobody waits for any more are not counted. What an event shows may be for others, too. */
  const leaveOff = () => {
    if (left && !running.follower)
      showing?.reader.abort(apiError('BAD_REQUEST', 'The subscriber has gone away.'));
  };

  const show = async (event: unknown): Promise<Shown> => {
    const isHeavy = running.follower !== null && (args.cost ?? 0) > HEAVY_EVENT;
    const done = isHeavy ? await carrier.heavyEvents.enter(callerKey(carrier.caller)) : () => undefined;
    return showNow(event).finally(done);
  };

  const showNow = async (event: unknown): Promise<Shown> => {
    const context = await carrier.openContext((event as LoggedEvent | null)?.seq);
    showing = context;
    leaveOff();
    try {
      const refused = await refusalOf(root, context);
      if (refused) return { refusal: refused };
      context.answer.ofEvent();
      const result = await execute({ ...args, rootValue: event, contextValue: context });
      const { failure } = context.answer;
      // Those who share the event's caller have not read theirs: each comes back to where it was.
      if (failure?.extensions.code === 'RATE_LIMITED') throw new TooSlow();
      if (failure) return { refusal: failure };
      // Whoever passes over an answer without data would have missed an event.
      const away = result.errors?.find(isAway);
      if (away) throw away;
      return { told: new Told(carrier.present, result, args.cost) };
    } finally {
      // Before it is sent: a few subscribers that do not read would hold all connections, and the log of SQLite.
      await context.end();
    }
  };

  async function* run(): AsyncGenerator<Told, void> {
    try {
      for await (const event of events) {
        const shown = await (running.follower
          ? showOnce(carrier, event as LoggedEvent, kind, show)
          : show(event));
        if (refusal) break; // somebody has lost a right while it was shown
        if ('refusal' in shown) {
          refusal = shown.refusal;
          break;
        }
        if (running.follower) running.shown = (event as LoggedEvent).seq;
        counted.delivered();
        yield shown.told;
      }
      if (!refusal) return;
      running.shown = null; // the event at which it was refused was not shown
      yield new Told(carrier.present, { errors: [refusal] }, args.cost);
    } finally {
      leave();
    }
  }
  return stoppable(run(), () => {
    leave(); // a generator that was never asked for anything does not run its finally
    left = true;
    leaveOff();
    return events.return?.();
  });
}

/** Why a caller may not follow it now, or null. */
async function refusalOf({ field, args }: Root, context: Context): Promise<GraphQLError | null> {
  try {
    await admit(field, args, context);
    return null;
  } catch (error) {
    return asGraphQLError(error);
  }
}

/**
 * Shows an event once to all who follow alike and have come to it together, as those that wait for news do. Nothing is
 * kept beyond that moment: whoever comes later sees the record, and has the rights, of later.
 */
function showOnce(
  carrier: Carrier,
  event: LoggedEvent,
  kind: string,
  show: (event: LoggedEvent) => Promise<Shown>,
): Promise<Shown> {
  if (carrier.after > event.seq) return show(event); // it reads its own writes, which a replica may not have yet
  carrier.after = event.seq;
  const key = `${event.seq} ${kind}`;
  const underWay = carrier.showing.get(key);
  if (underWay) return underWay;
  const shown = show(event).finally(() => carrier.showing.delete(key));
  carrier.showing.set(key, shown);
  return shown;
}

/** The same for subscriptions that come to the same: of one document, language and caller, wherever each began. */
function kindOf(
  { document, operationName, variableValues, cost }: Priced,
  root: Root,
  caller: Caller,
): string {
  const used: Record<string, unknown> = {};
  const selected = visit(withoutAfter(document, root.nodes), {
    VariableDefinition: () => false,
    Variable: ({ name }) => void (used[name.value] = variableValues?.[name.value]),
  });
  const { subject, claimed } = caller.identity ?? {};
  const alike = [print(selected), operationName, used, subject, claimed, caller.locale, cost];
  return createHash('sha256').update(JSON.stringify(alike)).digest('base64');
}

/**
 * The subscribed field and its arguments; the document was validated before.
 * @throws GraphQLError for variables that do not fit.
 */
function rootOf({ schema, document, operationName, variableValues: given }: ExecutionArgs): Root {
  const operation = getOperationAST(document, operationName);
  const type = schema.getSubscriptionType();
  if (!operation || !type) throw new GraphQLError('Send one subscription, or name the one to run.');
  const { coerced: variables, errors } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    given ?? {},
  );
  if (!variables) throw errors[0]!;
  const fragments = Object.fromEntries(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [],
    ),
  );
  const [nodes] = collectFields(schema, fragments, variables, type, operation.selectionSet).values();
  const field = nodes && type.getFields()[nodes[0]!.name.value];
  if (!field) throw new GraphQLError('A subscription selects exactly one field.');
  return { field, nodes, args: getArgumentValues(field, nodes[0]!, variables) };
}

/**
 * The same subscription with another `after`: in the document itself, which may give it through a variable of any
 * name, as a literal or not at all. Fields that follow no single events stay as they are.
 * @throws CURSOR_INVALID
 */
function resumedAfter(args: Priced, { field, nodes }: Root, cursor: string): Priced {
  if (!field.args.some(({ name }) => name === 'after')) return args;
  decodeCursor(cursor); // as a literal that is none it would make the document look wrong
  const after: ConstArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'after' },
    value: { kind: Kind.STRING, value: cursor },
  };
  const document = visit(args.document, {
    Field: (node) =>
      nodes.includes(node) ? { ...node, arguments: [...argumentsBut(node), after] } : undefined,
  });
  return { ...args, document };
}

function withoutAfter(document: DocumentNode, nodes: readonly FieldNode[]): DocumentNode {
  return visit(document, {
    Field: (node) => (nodes.includes(node) ? { ...node, arguments: argumentsBut(node) } : undefined),
  });
}

/** The arguments but `after`. */
function argumentsBut({ arguments: given = [] }: FieldNode): ArgumentNode[] {
  return given.filter(({ name }) => name.value !== 'after');
}

/** An error that the caller may act on, or one that is masked on its way out. */
export function asGraphQLError(error: unknown): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
}
