// Does the caller hold the permission of this field at all? Every root field carries exactly one.
import type { GraphQLSchema } from 'graphql';
import { type AuthCheckerFn, Authorized, Extensions } from 'type-graphql';
import { apiError } from '../lib/errors';
import type { Actor } from './actor';
import { type Permission, policy } from './policy';

/** Guards a root field, subscriptions at subscribe and at each event. */
export function May(permission: Permission): MethodDecorator {
  return (target, property, descriptor) => {
    Extensions({ may: permission })(target, property, descriptor);
    Authorized<Permission>(permission)(target, property as string, descriptor);
  };
}

export const gate: AuthCheckerFn<{ actor: Actor }, Permission> = ({ context: { actor } }, permissions) => {
  const permission = permissions[0]!;
  if (actor.may(permission)) return true;
  if (actor.subject === null) {
    throw apiError('UNAUTHENTICATED', 'This needs a token: send "Authorization: Bearer <token>".');
  }
  throw apiError('FORBIDDEN', `Your role ${actor.role} does not hold the permission ${permission}.`);
};

/**
 * What each root field asks for, by "Type.field".
 * @throws when a root field asks for nothing: an open door is a defect, so the server does not start with one.
 */
export function permissionsOf(schema: GraphQLSchema): Map<string, Permission> {
  const found = new Map<string, Permission>();
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const { may } = field.extensions as { may?: Permission };
      if (!may || !(may in policy))
        throw new Error(`${type!.name}.${field.name} carries no permission: add @May.`);
      found.set(`${type!.name}.${field.name}`, may);
    }
  }
  return found;
}
