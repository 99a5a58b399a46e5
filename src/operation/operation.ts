// The life of one operation, the same over HTTP, WebSocket and server-sent events: enter, read, charge, open, execute,
// present, count, end. Each transport has an adapter that calls these steps in this order: server/apollo.ts,
// server/websocket-operations.ts and server/sse.ts.
import type { EventEmitter } from 'node:events';
import {
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationTypeNode,
} from 'graphql';
import { saidIn } from '../graphql/errors';
import { callerKey } from '../access/caller';
import type { Limits } from '../config/limits';
import { Reader } from '../graphql/reader';
import type { Locale } from '../lib/locale';
import type { Admission, Request } from './admission';
import { type Caller, Context, type Services } from './context';
import { watch } from './deadline';
import { EncodedResult } from './encoded-result';
import { asGraphQLError, type Present, presentAll } from './present';
import type { Turn } from './turns';

export type Transport = 'http' | 'websocket' | 'sse';

/** What counts operations by how they end. */
export interface OperationMetrics {
  /**
   * @param kind undefined when the document was not understood.
   * @param errors as the caller received them: masked, so that there are only a few codes.
   */
  operation(
    transport: Transport,
    kind: string | undefined,
    errors: readonly GraphQLFormattedError[] | undefined,
    seconds: number | undefined,
  ): void;
}

/** What all operations of a server share. */
export interface Shared {
  schema: GraphQLSchema;
  services: Services;
  admission: Admission;
  present: Present;
  metrics: OperationMetrics;
  limits: Limits;
}

/** An operation that has arrived, before anything of it is read. */
export interface Arrival {
  transport: Transport;
  caller: Caller;
  /** How much memory its request takes. */
  bytes: number;
  /** Emits `close` when the client goes away. */
  connection: EventEmitter;
  /** Whether its client still waits for it, where a connection may stay open without. */
  wanted?: () => boolean;
}

/** An operation to execute, with its price, which is sent with each of its results. */
export interface Priced extends ExecutionArgs {
  cost: number | null;
  /** What its request takes in memory. */
  bytes: number;
}

export class Operation {
  /** Its price; null while it is not known. */
  cost: number | null = null;
  /** Undefined when the document holds no operation of the given name. */
  kind: OperationTypeNode | undefined;
  private request: Request | null = null;
  private document: DocumentNode | null = null;
  private context: Context | null = null;
  private counted = false;

  private constructor(
    private readonly shared: Shared,
    private readonly arrival: Arrival,
    private readonly reader: Reader,
    private readonly turn: Turn,
    private readonly stopWatching: () => void,
    private readonly began: number,
  ) {}

  /**
   * Takes the least price of an operation from the caller's budget, and waits for its turn; from here on its time runs.
   * @returns an operation, which must be ended.
   * @throws RATE_LIMITED; UNAVAILABLE when its time is up; NoLongerWanted
   */
  static async enter(shared: Shared, arrival: Arrival): Promise<Operation> {
    const began = performance.now();
    const { services, admission, limits } = shared;
    const { caller, bytes, connection, wanted } = arrival;
    const reader = new Reader(services.database, callerKey(caller));
    const stopWatching = watch(reader, limits.operationMs, connection);
    try {
      const turn = await admission.enter({ caller, bytes, reader, wanted });
      reader.turn = turn;
      return new Operation(shared, arrival, reader, turn, stopWatching, began);
    } catch (error) {
      stopWatching();
      throw error;
    }
  }

  /** Parses and validates its document. @returns what is wrong with it, or null. */
  read(request: Request): readonly GraphQLError[] | null {
    this.request = request;
    const read = this.shared.admission.read(request, this.turn);
    if ('errors' in read) return read.errors;
    this.document = read.document;
    this.kind = getOperationAST(read.document, request.operationName)?.operation;
    return null;
  }

  /**
   * Takes its price from the caller's budget. A heavy operation waits until it may run.
   * @throws QUERY_TOO_COMPLEX, RATE_LIMITED, BAD_USER_INPUT, or why it was ended meanwhile
   */
  async charge(): Promise<void> {
    const { admission } = this.shared;
    const { document, operationName, variableValues } = this.args;
    this.cost = admission.charge(document, operationName, variableValues, this.turn);
    await admission.weigh(this.turn, this.cost);
  }

  /** Charges a subscription for a replay that its document does not ask for. */
  chargeReplay(): void {
    this.shared.admission.replays(this.turn);
  }

  /** What is executed, once it was read. */
  get args(): Priced & { variableValues: Request['variables'] } {
    return {
      schema: this.shared.schema,
      document: this.document!,
      operationName: this.request!.operationName,
      variableValues: this.request!.variables,
      cost: this.cost,
      bytes: this.turn.bytes,
    };
  }

  /**
   * Opens its context, with the rights that the caller has at this moment.
   * @param after how far the event log must be there to read.
   */
  async open(after = 0): Promise<Context> {
    await this.reader.reach(after);
    this.context = await Context.open(this.shared.services, this.arrival.caller, this.reader);
    return this.context;
  }

  /** Opens a query or mutation and executes it. @returns the result as it leaves the server. */
  async execute(after = 0): Promise<EncodedResult> {
    return this.present(await this.result(after));
  }

  private async result(after: number): Promise<ExecutionResult> {
    try {
      const contextValue = await this.open(after);
      const result = await execute({ ...this.args, contextValue });
      const failure = await this.close();
      return failure ? { data: null, errors: [failure] } : result;
    } catch (error) {
      await this.close().catch(() => undefined); // the first failure is the one to report
      return { errors: [asGraphQLError(error)] };
    }
  }

  /**
   * Closes its context once it was executed: gives back what it has read with, and records whose data it showed.
   * @returns why its answer cannot be sent; null when it can.
   */
  async close(): Promise<GraphQLError | null> {
    const { context } = this;
    this.context = null;
    await context?.end();
    return context?.answer.failure ?? null;
  }

  /** How far in the event log it has at least read. */
  get reached(): number {
    return this.reader.reached;
  }

  present(result: ExecutionResult): EncodedResult {
    const { errors, ...rest } = result;
    const said = errors?.map((error) => this.said(error));
    return new EncodedResult(this.shared.present, { ...rest, ...(said && { errors: said }) }, this.cost);
  }

  /** An error in the language of the caller. */
  said(error: GraphQLError): GraphQLError {
    return saidIn(this.arrival.caller.locale, error);
  }

  /** Counts how it ended, once; for a subscription, how it began. @param errors as the caller receives them. */
  count(errors: readonly GraphQLFormattedError[] | undefined): void {
    if (this.counted) return;
    this.counted = true;
    const seconds = (performance.now() - this.began) / 1000;
    this.shared.metrics.operation(this.arrival.transport, this.kind, errors, seconds);
  }

  /** Gives back its turn, and charges what it took beyond its price. Calling it again does nothing. */
  end(): void {
    this.stopWatching();
    this.shared.admission.leave(this.turn);
  }
}

/** Presents and counts why a request was refused before it was executed. */
export function presentRefusal(
  { present, metrics }: Shared,
  transport: Transport,
  errors: readonly GraphQLError[],
  locale: Locale,
): GraphQLFormattedError[] {
  const presented = presentAll(
    present,
    errors.map((error) => saidIn(locale, error)),
  );
  metrics.operation(transport, undefined, presented, undefined);
  return presented;
}
