// Does the caller hold the permission of this field at all? Every root field carries exactly one.
import type { GraphQLField, GraphQLInputType, GraphQLSchema } from 'graphql';
import { type AuthCheckerFn, Authorized, Extensions } from 'type-graphql';
import { apiError } from '../graphql/errors';
import type { Actor } from './actor';
import { type Permission, policy } from './policy';

/** Guards a root field, subscriptions at subscribe and at each event. */
export function May(permission: Permission): MethodDecorator {
  return (target, property, descriptor) => {
    Extensions({ may: permission })(target, property, descriptor);
    Authorized<Permission>(permission)(target, property as string, descriptor);
  };
}

interface Operation {
  actor: Actor;
  asked: Permission | null;
  inputType: GraphQLInputType | null;
}

/** It tells the operation what it has let through, for write() to ask again. */
export const gate: AuthCheckerFn<Operation, Permission> = ({ context, info }, permissions) => {
  assertMay(context.actor, permissions[0]!);
  context.asked = permissions[0]!;
  const { args } = info.parentType.getFields()[info.fieldName]!;
  context.inputType = args.find(({ name }) => name === 'input')?.type ?? null;
  return true;
};

/** @throws UNAUTHENTICATED for a stranger, FORBIDDEN for whoever holds no role with this permission. */
export function assertMay(actor: Actor, permission: Permission): void {
  if (actor.may(permission)) return;
  if (actor.subject === null) {
    throw apiError('UNAUTHENTICATED', 'This needs a token: send "Authorization: Bearer <token>".');
  }
  const roles = [...new Set(actor.roles.map(({ role }) => role))];
  throw apiError(
    'FORBIDDEN',
    roles.length === 0
      ? `You hold no role yet, and this needs the permission ${permission}. Ask an administrator for one.`
      : `Your ${roles.length > 1 ? 'roles' : 'role'} ${roles.join(', ')} ${roles.length > 1 ? 'do' : 'does'} not hold the permission ${permission}.`,
  );
}

/** A further condition on the arguments of a subscription, checked at subscribe and before each event. */
export type Admission = (args: never, context: never) => Promise<void>;

/** The extensions of a subscription that is admitted on a further condition. */
export const admits = (admission: Admission): { admits: Admission } => ({ admits: admission });

/**
 * Whether a subscription may begin, and go on: called with the rights of the moment.
 * @throws UNAUTHENTICATED, FORBIDDEN.
 */
export async function admit<C extends { actor: Actor }>(
  field: GraphQLField<unknown, unknown>,
  args: object,
  context: C,
): Promise<void> {
  assertMay(context.actor, permissionOf(field));
  const { admits: admission } = field.extensions as { admits?: (args: object, context: C) => Promise<void> };
  await admission?.(args, context);
}

/** The permission that a root field carries. */
export function permissionOf(field: { extensions: object }): Permission {
  return (field.extensions as { may: Permission }).may;
}

/**
 * What each root field asks for, by "Type.field".
 * @throws when a root field asks for nothing: an open door is a defect, so the server does not start with one.
 */
export function permissionsOf(schema: GraphQLSchema): Map<string, Permission> {
  const found = new Map<string, Permission>();
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const may = permissionOf(field);
      if (!may || !(may in policy))
        throw new Error(`${type!.name}.${field.name} carries no permission: add @May.`);
      found.set(`${type!.name}.${field.name}`, may);
    }
  }
  return found;
}
