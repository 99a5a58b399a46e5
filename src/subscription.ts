// How does one subscription run? Each event with a context of its own, and never with rights that have ended.
import {
  type ConstArgumentNode,
  createSourceEventStream,
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
  visit,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { admit } from './access/gate';
import type { Context } from './context';
import type { LoggedEvent } from './events/event.entity';
import { Follower } from './events/follower';
import { stoppable } from './lib/stoppable';
import type { Metrics } from './metrics';

export type Results = AsyncIterableIterator<ExecutionResult>;

/** What carries a subscription: a socket, or a stream over HTTP. */
export interface Carrier {
  /** A context with the rights that the caller has at this moment, which can read what the log tells up to `after`. */
  openContext(after?: number): Promise<Context>;
  /** The subscriptions it carries; each is checked again when rights may have changed. */
  readonly running: Set<Running>;
  readonly metrics: Metrics;
}

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
 * @throws (the results) whatever the source fails with, TooSlow among it.
 */
export async function subscribe(
  sent: ExecutionArgs,
  carrier: Carrier,
  lastEventId?: string,
): Promise<Results | ExecutionResult> {
  const context = await carrier.openContext();
  let args = sent;
  let root: Root;
  let source: AsyncIterable<unknown> | ExecutionResult;
  try {
    root = rootOf(args);
    if (lastEventId !== undefined) args = resumedAfter(args, root, lastEventId);
    await admit(root.field, root.args, context);
    source = await createSourceEventStream({ ...args, contextValue: context });
  } catch (error) {
    return { errors: [asGraphQLError(error)] };
  } finally {
    await context.end();
  }
  return Symbol.asyncIterator in source ? follow(args, carrier, root, source) : source;
}

function follow(args: ExecutionArgs, carrier: Carrier, root: Root, source: AsyncIterable<unknown>): Results {
  const events = source[Symbol.asyncIterator]() as AsyncIterableIterator<unknown>;
  let refusal: GraphQLError | null = null;
  const running = {
    shown: null as number | null,
    follower: events instanceof Follower ? events : null,
    recheck: async (context: Context) => {
      try {
        await admit(root.field, root.args, context);
      } catch (error) {
        refusal = asGraphQLError(error);
        await events.return?.();
      }
    },
  };
  carrier.running.add(running);
  const counted = carrier.metrics.following(root.field.name);
  const leave = () => {
    if (carrier.running.delete(running)) counted.ended();
  };

  async function* run(): AsyncGenerator<ExecutionResult, void> {
    try {
      for await (const event of events) {
        const context = await carrier.openContext((event as LoggedEvent | null)?.seq);
        let result: ExecutionResult;
        try {
          await running.recheck(context);
          if (refusal) break;
          result = await execute({ ...args, rootValue: event, contextValue: context });
          if (running.follower) running.shown = (event as LoggedEvent).seq;
          counted.delivered();
        } finally {
          // Before it is sent: a few subscribers that do not read would hold all connections, and the log of SQLite.
          await context.end();
        }
        yield result;
      }
      if (!refusal) return;
      running.shown = null; // the event at which it was refused was not shown
      yield { errors: [refusal] };
    } finally {
      leave();
    }
  }
  return stoppable(run(), () => {
    leave(); // a generator that was never asked for anything does not run its finally
    return events.return?.();
  });
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
 */
function resumedAfter(args: ExecutionArgs, { field, nodes }: Root, cursor: string): ExecutionArgs {
  if (!field.args.some(({ name }) => name === 'after')) return args;
  const after: ConstArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'after' },
    value: { kind: Kind.STRING, value: cursor },
  };
  const document = visit(args.document, {
    Field: (node) => {
      if (!nodes.includes(node)) return undefined;
      const others = (node.arguments ?? []).filter(({ name }) => name.value !== 'after');
      return { ...node, arguments: [...others, after] };
    },
  });
  return { ...args, document };
}

/** An error that the caller may act on, or one that is masked on its way out. */
export function asGraphQLError(error: unknown): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
}
