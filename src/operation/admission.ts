// Admission: gives an operation its turn, parses, validates and prices it, the same for all transports.
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { callerKey } from '../access/caller';
import { Permits } from '../database/fair-queue';
import type { Budgets } from './budget';
import { comparisonsOf } from './comparisons';
import { costOf, LEAST_COST, REPLAY, resumes } from './cost';
import { Documents, releaseTokens } from './documents';
import { assertBounded, boundedLiterals, oneOfMany, plainSubscriptions } from './inputs';
import { apiError, type Limit } from '../graphql/errors';
import type { Caller } from './context';
import type { Limits } from '../config/limits';
import type { RegisteredDocuments } from './registered';
import { linesOf, longestName } from './names';
import { type Asked, type Turn, Turns } from './turns';

/** What a refused document costs: reading it was work, and guessing should not be free. */
const REFUSED = 100;
const NOT_REGISTERED =
  'This server executes registered documents only, and this is none of them: its operator adds them to documents.json.';

export interface AdmissionOptions {
  schema: GraphQLSchema;
  limits: Limits;
  budgets: Budgets;
  /** Whether the schema may be asked for. */
  introspection: boolean;
  /** The only ones to execute, where the operator says so. */
  registered: RegisteredDocuments;
}

/** An operation as it was sent. */
export interface Request {
  /** What the operation is called on its socket. */
  id?: string;
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
  /** The hash under which the client registers the document. */
  registers?: string;
}

/** A document that may be executed, or what is wrong with it. */
export type ReadDocument = { errors: readonly GraphQLError[] } | { document: DocumentNode };

export class Admission {
  /** Asked before those of the specification, which are slow on a document that is too large. */
  private readonly rules: ValidationRule[];
  private readonly specified: ValidationRule[];
  private readonly documents = new Documents();
  private readonly turns: Turns;
  private readonly heavy: Permits;
  private readonly schema: GraphQLSchema;
  private readonly limits: Limits;
  private readonly budgets: Budgets;
  private readonly registered: RegisteredDocuments;

  constructor({ schema, limits, budgets, introspection, registered }: AdmissionOptions) {
    this.registered = registered;
    this.schema = schema;
    this.limits = limits;
    this.budgets = budgets;
    this.turns = new Turns(limits);
    this.heavy = new Permits(limits.heavyOperations);
    const told = { propagateOnRejection: false, onReject: [report] };
    this.rules = [
      boundedLiterals,
      plainSubscriptions,
      maxDepthRule({ ...told, n: limits.depth, flattenFragments: true, ignoreIntrospection: false }),
      maxAliasesRule({ ...told, n: limits.aliases, allowList: [] }),
      maxDirectivesRule({ ...told, n: limits.directives }),
    ];
    this.specified = [...specifiedRules, ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
  }

  /**
   * Before anything else of an operation: takes what every one costs, and waits for its turn.
   * @returns a turn, which must be ended with leave().
   * @throws RATE_LIMITED, and as Turns.take does.
   */
  async enter(asked: Asked): Promise<Turn> {
    this.budgets.take(asked.caller, LEAST_COST);
    const turn = await this.turns.take(asked);
    turn.paid = LEAST_COST;
    return turn;
  }

  /** Ends a turn, and charges what the operation took beyond its price; once, however often it is called. */
  leave(turn: Turn): void {
    const cost = turn.end() * this.limits.costPerMs;
    if (turn.paid > 0) this.budgets.settle(turn.caller, cost - turn.paid);
  }

  /** @throws RATE_LIMITED for a caller who has overdrawn the budget. */
  assertSolvent(caller: Caller): void {
    this.budgets.take(caller, 0);
  }

  /** Charges main-thread time that a caller has taken before an operation began. */
  settle(caller: Caller, ms: number): void {
    this.budgets.settle(caller, ms * this.limits.costPerMs);
  }

  /** How many operations run and wait. */
  get load(): Turns['load'] {
    return this.turns.load;
  }

  /** Parses and validates a document, unless the same was found good a while ago. */
  read(request: Request, turn: Turn): ReadDocument {
    const read = this.readDocument(request, turn);
    const { registers, query } = request;
    if (registers !== undefined && 'document' in read)
      this.registered.remember(registers, query, callerKey(turn.caller));
    return read;
  }

  private readDocument({ id, query, operationName }: Request, turn: Turn): ReadDocument {
    const tooLong = this.nameFault(Math.max(id?.length ?? 0, operationName?.length ?? 0));
    if (!this.registered.admits(query)) {
      this.refused(turn);
      return { errors: [apiError('DOCUMENT_NOT_REGISTERED', NOT_REGISTERED)] };
    }
    const known = tooLong ? undefined : this.documents.get(query);
    if (known) return { document: known };
    const read = tooLong ? { errors: [tooLong] } : turn.alone(() => this.parseAndValidate(query));
    if ('errors' in read) this.refused(turn);
    else this.documents.keep(query, read.document);
    return read;
  }

  /**
   * Prices an operation and takes the price from the caller's budget.
   * @returns the price, or null when execution will say what is wrong with the operation.
   * @throws QUERY_TOO_COMPLEX, RATE_LIMITED; BAD_USER_INPUT for texts and errors beyond what is looked at
   */
  charge(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Record<string, unknown> | null | undefined,
    turn: Turn,
  ): number | null {
    const operation = getOperationAST(document, operationName);
    const cost = turn.alone(() => {
      assertBounded(variables, operationName);
      return operation && costOf(this.schema, document, operation, variables ?? {}, turn.bytes);
    });
    if (!operation || !cost) return null;
    const isEvent = operation.operation === OperationTypeNode.SUBSCRIPTION;
    if (isEvent) this.assertSmall(turn.bytes);
    const allowed = isEvent ? this.limits.eventCost : this.limits.cost;
    if ('beyond' in cost || cost.total > allowed) {
      this.refused(turn);
      const asked = 'beyond' in cost ? cost.beyond : cost.total;
      throw tooComplex(
        isEvent ? 'eventCost' : 'cost',
        `${isEvent ? 'One event of this subscription' : 'This operation'} costs ` +
          `${'beyond' in cost ? 'more than ' : ''}${asked}, and ${allowed} is allowed: ` +
          'ask for fewer fields, for fewer records with `first`, or in several operations.',
        asked,
        allowed,
      );
    }
    try {
      this.budgets.take(turn.caller, cost.total - LEAST_COST, LEAST_COST);
    } catch (error) {
      turn.paid = 0; // given back; and who asks again and again must not pay for being refused
      throw error;
    }
    turn.paid = cost.total;
    if (isEvent && resumes(document)) this.replays(turn);
    turn.price(cost.total);
    return cost.total;
  }

  /** A subscription is to begin in the past: taken at once, also where little is left, for clients must be able to. */
  replays({ caller }: Turn): void {
    this.budgets.settle(caller, REPLAY);
  }

  /**
   * Waits until an operation of this price may be executed: of heavy ones only a few run at a time, callers by turns,
   * so that the others come to their turn between them.
   * @throws what its reader was ended with
   */
  async weigh(turn: Turn, cost: number | null): Promise<void> {
    if (cost === null || cost <= this.limits.heavyCost) return;
    turn.leave(); // its place is for others meanwhile
    const permit = this.heavy.enter(callerKey(turn.caller));
    void permit.then((release) => turn.onEnd(release)); // also of one that has given up
    await turn.unlessAborted(permit);
    await turn.back();
  }

  /** @throws QUERY_TOO_COMPLEX for a subscription whose request is more than can be kept while it lasts. */
  private assertSmall(asked: number): void {
    const allowed = this.limits.followedBytes;
    if (asked <= allowed) return;
    const message = `A subscription's request may take ${allowed} bytes in memory, and this takes ${asked}: shorten its lists.`;
    throw tooComplex('followedBytes', message, asked, allowed);
  }

  private refused(turn: Turn): void {
    this.budgets.fine(turn.caller, REFUSED);
    turn.paid += REFUSED;
  }

  private parseAndValidate(query: string): ReadDocument {
    try {
      const { nameLength, tokens, lines } = this.limits;
      const tooLong =
        this.linesFault(linesOf(query, lines)) ?? this.nameFault(longestName(query, nameLength, tokens));
      if (tooLong) return { errors: [tooLong] };
      const document = parse(query, { maxTokens: tokens });
      this.assertComparable(document);
      const { documentErrors: errors } = this.limits;
      const beyond = validate(this.schema, document, this.rules, { maxErrors: errors });
      if (beyond.length > 0) return { errors: oneOfMany(beyond, errors) };
      const wrong = validate(this.schema, document, this.specified, { maxErrors: errors });
      return wrong.length > 0 ? { errors: oneOfMany(wrong, errors) } : { document: releaseTokens(document) };
    } catch (error) {
      return { errors: [error instanceof GraphQLError ? error : nestedTooDeeply(error)] };
    }
  }

  /** The error for so many lines, or null when they are few enough. */
  private linesFault(asked: number): GraphQLError | null {
    const allowed = this.limits.lines;
    if (asked <= allowed) return null;
    const message = `The document has more than ${allowed} lines: put long texts and lists into variables.`;
    return tooComplex('lines', message, undefined, allowed);
  }

  /** The error for a name of this length, or null when it is short enough. */
  private nameFault(asked: number): GraphQLError | null {
    const allowed = this.limits.nameLength;
    if (asked <= allowed) return null;
    const message = `A name has ${asked} characters, and ${allowed} are allowed: take shorter names.`;
    return tooComplex('nameLength', message, asked, allowed);
  }

  /** @throws QUERY_TOO_COMPLEX when it would take long to validate it. */
  private assertComparable(document: DocumentNode): void {
    const allowed = this.limits.comparisons;
    const asked = comparisonsOf(document);
    if (asked <= allowed) return;
    throw tooComplex(
      'comparisons',
      'The document asks for the same fields too often to be checked: ask for each once.',
      ...(asked === Infinity ? [] : ([asked, allowed] as const)),
    );
  }
}

/** A document nested beyond the stack is the caller's fault; anything else thrown here is ours. */
function nestedTooDeeply(error: unknown): GraphQLError {
  if (error instanceof RangeError) return new GraphQLError(error.message);
  throw error;
}

/** Turns an error of GraphQL Armor, which has no code, into one of ours. */
function report(context: ValidationContext | null, error: GraphQLError): void {
  const found = /(\w+) limit of (\d+) exceeded, found (\d+)/.exec(error.message);
  if (!found) throw error;
  const [, what, allowed, asked] = found;
  const limit = what!.toLowerCase() as Limit; // one of our rules, each of which is among them
  context!.reportError(
    tooComplex(
      limit,
      `The document has ${limit} ${asked}, and ${allowed} is allowed: ask for it in several operations.`,
      Number(asked),
      Number(allowed),
    ),
  );
}

function tooComplex(limit: Limit, message: string, asked?: number, allowed?: number): GraphQLError {
  return apiError('QUERY_TOO_COMPLEX', message, { limit, asked, allowed, http: { status: 400 } });
}
