// May this operation run? The same checks for HTTP and WebSocket, in the same order, before anything is executed.
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
import type { Budgets } from './budget';
import type { Caller } from './context';
import { costOf, LEAST_COST } from './cost';
import { assertBounded, boundedLiterals, oneOfMany, plainSubscriptions } from './inputs';
import { apiError } from './lib/errors';
import type { Limits } from './limits';
import { longestName } from './names';

/** What a document costs that is refused: reading it was work, and guessing should not be free. */
const REFUSED = 100;

export interface AdmissionOptions {
  schema: GraphQLSchema;
  limits: Limits;
  budgets: Budgets;
  /** Whether the schema may be asked for. */
  introspection: boolean;
}

/** An operation as it was sent. */
export interface Request {
  /** What the operation is called on its socket. */
  id?: string;
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

export type Examined = { errors: readonly GraphQLError[] } | { document: DocumentNode; cost: number | null };

export class Admission {
  /** Beyond those of the specification. */
  readonly rules: ValidationRule[];
  readonly parseOptions: { maxTokens: number };
  private readonly schema: GraphQLSchema;
  private readonly limits: Limits;
  private readonly budgets: Budgets;

  constructor({ schema, limits, budgets, introspection }: AdmissionOptions) {
    this.schema = schema;
    this.limits = limits;
    this.budgets = budgets;
    this.parseOptions = { maxTokens: limits.tokens };
    const told = { propagateOnRejection: false, onReject: [report] };
    this.rules = [
      boundedLiterals,
      plainSubscriptions,
      maxDepthRule({ ...told, n: limits.depth, flattenFragments: true, ignoreIntrospection: false }),
      maxAliasesRule({ ...told, n: limits.aliases, allowList: [] }),
      maxDirectivesRule({ ...told, n: limits.directives }),
      ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
    ];
  }

  /**
   * Before anything else of an operation: what every one costs, and whether its names can be told.
   * @param sent the request as it came, whatever it is.
   * @throws RATE_LIMITED, QUERY_TOO_COMPLEX
   */
  knock(caller: Caller, sent: unknown): void {
    this.budgets.take(caller, LEAST_COST);
    const { query, operationName, id } = (sent ?? {}) as Record<string, unknown>;
    const { nameLength: allowed, tokens } = this.limits;
    const lengths = [operationName, id].map((name) => (typeof name === 'string' ? name.length : 0));
    const inText = typeof query === 'string' ? longestName(query, allowed, tokens) : 0;
    const asked = Math.max(inText, ...lengths);
    if (asked <= allowed) return;
    this.refused(caller);
    const message = `A name has ${asked} characters, and ${allowed} are allowed: take shorter names.`;
    throw tooComplex('nameLength', message, asked, allowed);
  }

  /**
   * After a document was refused.
   * @param errors what was wrong with it, of which one is left when they are too many.
   */
  refused(caller: Caller, errors: Error[] = []): void {
    oneOfMany(errors);
    this.budgets.fine(caller, REFUSED);
  }

  /**
   * Everything that is asked of an operation which does not go through Apollo, in the order Apollo asks it.
   * @returns the document and what it costs, or what is wrong with it.
   * @throws QUERY_TOO_COMPLEX, RATE_LIMITED
   */
  examine(request: Request, caller: Caller): Examined {
    const { query, operationName, variables } = request;
    this.knock(caller, request);
    const document = this.read(query, caller);
    if (document instanceof GraphQLError) return { errors: [document] };
    let errors: GraphQLError[];
    try {
      errors = [...validate(this.schema, document, [...specifiedRules, ...this.rules])];
    } catch (error) {
      errors = [nestedTooDeeply(error)];
    }
    if (errors.length === 0) {
      return { document, cost: this.charge(document, operationName, variables, caller) };
    }
    this.refused(caller, errors);
    return { errors };
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
    caller: Caller,
  ): number | null {
    assertBounded(variables, operationName);
    const operation = getOperationAST(document, operationName);
    const cost = operation && costOf(this.schema, document, operation, variables ?? {});
    if (!cost) return null;
    const isEvent = operation.operation === OperationTypeNode.SUBSCRIPTION;
    const allowed = isEvent ? this.limits.eventCost : this.limits.cost;
    if ('beyond' in cost || cost.total > allowed) {
      this.refused(caller);
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
    this.budgets.take(caller, cost.total - LEAST_COST, LEAST_COST);
    return cost.total;
  }

  private read(query: string, caller: Caller): DocumentNode | GraphQLError {
    try {
      return parse(query, this.parseOptions);
    } catch (error) {
      this.refused(caller);
      return error instanceof GraphQLError ? error : nestedTooDeeply(error);
    }
  }
}

/** A document nested beyond the stack is the caller's fault; anything else thrown here is ours. */
function nestedTooDeeply(error: unknown): GraphQLError {
  if (error instanceof RangeError) return new GraphQLError(error.message);
  throw error;
}

/** GraphQL Armor words what it counted, and knows no codes. */
function report(context: ValidationContext | null, error: GraphQLError): void {
  const found = /(\w+) limit of (\d+) exceeded, found (\d+)/.exec(error.message);
  if (!found) throw error;
  const [, what, allowed, asked] = found;
  const limit = what!.toLowerCase();
  context!.reportError(
    tooComplex(
      limit,
      `The document has ${limit} ${asked}, and ${allowed} is allowed: ask for it in several operations.`,
      Number(asked),
      Number(allowed),
    ),
  );
}

function tooComplex(limit: string, message: string, asked: number, allowed: number): GraphQLError {
  return apiError('QUERY_TOO_COMPLEX', message, { limit, asked, allowed, http: { status: 400 } });
}
