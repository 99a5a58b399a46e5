// Callers: one of each role with the reach of one place, and one without a token, over HTTP and over WebSocket.
import { permissionsOf } from '../../src/access/gate';
import { type Extent, type Holder, type Permission, policy, Role, type Rule } from '../../src/access/policy';
import { makeSchema } from '../../src/schema';
import { random } from '../statistics/random';
import { connect, type LiveClient } from '../support/live';
import { type Answer, type TestServer, tokenOf } from '../support/server';

export type Transport = 'HTTP' | 'WebSocket';
export const TRANSPORTS: Transport[] = ['HTTP', 'WebSocket'];

/** A role, a token without one, or no token at all. */
export type Caller = Holder | null;
export const CALLERS: Caller[] = [...Object.values(Role), 'NONE', null];

export const schema = makeSchema();
export const permissions = permissionsOf(schema);
export const fieldsOf = (root: 'Query' | 'Mutation' | 'Subscription') => {
  const type = { Query: schema.getQueryType(), Mutation: schema.getMutationType() };
  return Object.values((root === 'Subscription' ? schema.getSubscriptionType() : type[root])!.getFields());
};
export const named = (root: 'Query' | 'Mutation' | 'Subscription') => fieldsOf(root).map(({ name }) => name);

/** How far a permission reaches for somebody; a caller without a token reads as VIEWER outside production. */
export function extentOf(permission: Permission, caller: Caller): Extent | null {
  const rule: Rule = policy[permission];
  return rule[caller ?? Role.VIEWER] ?? null;
}

/** What whoever does not hold a permission is told. */
export const refusalOf = (caller: Caller): string => (caller === null ? 'UNAUTHENTICATED' : 'FORBIDDEN');

/** Of what is drawn; the title of a test that was drawn says it. */
export const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/**
 * Draws some, each once. The gate is part of the schema and reach is part of SQL: what all roles get over one transport
 * need not be tried again with everything over another.
 */
export function draw<T>(from: readonly T[], count: number): T[] {
  const below = random(seed);
  const left = [...from];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(below(left.length), 1)[0]!);
}

export interface Cast {
  tokens: Map<Caller, string | undefined>;
  sockets: Map<Caller, LiveClient>;
  /** Asks as somebody, over either transport. */
  ask(
    caller: Caller,
    transport: Transport,
    query: string,
    variables?: object,
  ): Promise<Pick<Answer<any>, 'data' | 'errors'>>;
  leave(): Promise<void>;
}

/** Everybody who may call, each with the reach of this place. */
export async function newCast(
  server: TestServer,
  reach: { unitId: string; universityId: string; officialId: string },
): Promise<Cast> {
  const tokens: Cast['tokens'] = new Map();
  const sockets: Cast['sockets'] = new Map();
  for (const caller of CALLERS) {
    const role = caller === 'NONE' || caller === null ? {} : { role: caller, ...reach };
    const token = caller === null ? undefined : await tokenOf({ subject: `somebody ${caller}`, ...role });
    tokens.set(caller, token);
    sockets.set(caller, await connect(server.url, { as: null, token }));
  }
  return {
    tokens,
    sockets,
    ask: async (caller, transport, query, variables = {}) => {
      if (transport === 'HTTP') {
        const { data, errors } = await server.ask(query, variables, {
          as: null,
          token: tokens.get(caller),
        });
        return { data, errors };
      }
      const { data, errors } = await sockets.get(caller)!.subscribe(query, variables).next();
      // As they come off the wire, GraphQLErrors are plain objects.
      return { data, errors } as unknown as Answer<any>;
    },
    leave: async () => {
      for (const socket of sockets.values()) await socket.close();
    },
  };
}
