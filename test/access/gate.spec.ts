// The gate: which permission a root field asks for, what is said to a caller who does not hold it, and what the
// operation is told of a field that was let through.
import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { Actor, type HeldRole, stranger } from '../../src/access/actor';
import { authorizeSubscription, authorizing, assertMay, gate, permissionsOf } from '../../src/access/gate';
import { Role } from '../../src/access/policy';

const TODAY = '2026-01-01';
const holding = (...roles: Role[]) => {
  const reach = { unitIds: [], universityId: null, officialId: null, grantId: null, until: null };
  return new Actor(
    'somebody',
    roles.map((role): HeldRole => ({ role, ...reach })),
    TODAY,
  );
};
const refusal = (code: string, message: string) =>
  expect.objectContaining({ message, extensions: expect.objectContaining({ code }) });

/** What an action throws. */
async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return null;
}

const fieldOf = (
  extensions: Record<string, unknown>,
  args: GraphQLFieldConfigArgumentMap = {},
): GraphQLFieldConfig<unknown, unknown> => ({ type: GraphQLInt, args, extensions });
const queryOf = (fields: Record<string, GraphQLFieldConfig<unknown, unknown>>, name = 'Query') =>
  new GraphQLObjectType({ name, fields });

describe('a caller without the permission', () => {
  it.each<[string, Actor, string, string]>([
    [
      'and without a token is asked for one',
      stranger(null, TODAY),
      'UNAUTHENTICATED',
      'This needs a token: send "Authorization: Bearer <token>".',
    ],
    [
      'and without a role is told whom to ask',
      holding(),
      'FORBIDDEN',
      'You hold no role yet, and this needs the permission unit.open. Ask an administrator for one.',
    ],
    [
      'is told of the role that does not hold it, once',
      holding(Role.VIEWER, Role.VIEWER),
      'FORBIDDEN',
      'Your role VIEWER does not hold the permission unit.open.',
    ],
    [
      'is told of all roles that do not hold it',
      holding(Role.VIEWER, Role.OFFICIAL),
      'FORBIDDEN',
      'Your roles VIEWER, OFFICIAL do not hold the permission unit.open.',
    ],
  ])('%s', async (_what, actor, code, message) => {
    expect(await thrownBy(() => assertMay(actor, 'unit.open'))).toEqual(refusal(code, message));
    expect(await thrownBy(() => assertMay(holding(Role.ADMINISTRATOR), 'unit.open'))).toBeNull();
  });
});

describe('a field that is let through', () => {
  const input = { other: { type: GraphQLInt }, input: { type: GraphQLString } };
  const type = queryOf({
    counted: fieldOf({}),
    opened: fieldOf({}, input),
    listed: fieldOf({}, { first: input.other }),
  });
  const enter = (fieldName: string, actor: Actor) => {
    const context = { actor, asked: null, inputType: null };
    const info = { parentType: type, fieldName };
    const passed = gate({ context, info } as never, ['unit.open']);
    return { passed, context };
  };

  it.each([
    ['opened', GraphQLString],
    ['listed', null],
    ['counted', null],
  ])('tells the operation its permission and the type of its input: %s', (field, inputType) => {
    const { passed, context } = enter(field, holding(Role.ADMINISTRATOR));
    expect(passed).toBe(true);
    expect(context).toMatchObject({ asked: 'unit.open' });
    expect(context.inputType).toBe(inputType);
  });

  it('is not let through without its permission', async () => {
    expect(await thrownBy(() => enter('opened', holding()))).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
    });
  });
});

describe('a subscription', () => {
  const heard: unknown[] = [];
  const condition = authorizing((args: object, context: object) =>
    Promise.resolve(void heard.push(args, context)),
  );
  const fields = queryOf({
    followed: fieldOf({ permission: 'unit.open', ...condition }),
    free: fieldOf({ permission: 'unit.open' }),
  }).getFields();

  it('is admitted on its further condition, with its arguments, after its permission', async () => {
    const [args, context] = [{ filter: {} }, { actor: holding(Role.ADMINISTRATOR) }];
    await authorizeSubscription(fields.followed!, args, context);
    expect(heard).toEqual([args, context]);
    expect(
      await thrownBy(() => authorizeSubscription(fields.followed!, args, { actor: holding() })),
    ).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
    });
    expect(heard).toHaveLength(2);
    expect(await thrownBy(() => authorizeSubscription(fields.free!, args, context))).toBeNull();
  });
});

describe('a schema', () => {
  const query = queryOf({ units: fieldOf({ permission: 'unit.read' }) });

  it('has a permission for each root field, by its name', () => {
    const mutation = queryOf({ openUnit: fieldOf({ permission: 'unit.open' }) }, 'Mutation');
    expect([...permissionsOf(new GraphQLSchema({ query, mutation }))]).toEqual([
      ['Query.units', 'unit.read'],
      ['Mutation.openUnit', 'unit.open'],
    ]);
    expect([...permissionsOf(new GraphQLSchema({ mutation }))]).toEqual([['Mutation.openUnit', 'unit.open']]);
  });

  it.each<Record<string, unknown>>([{}, { permission: 'unit.dance' }])(
    'is refused with a root field that carries %j',
    async (extensions) => {
      const mutation = queryOf({ openUnit: fieldOf(extensions) }, 'Mutation');
      expect(await thrownBy(() => permissionsOf(new GraphQLSchema({ query, mutation })))).toMatchObject({
        message: 'Mutation.openUnit carries no permission: add @May.',
      });
    },
  );
});
