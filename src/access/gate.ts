// Gate: checks that the caller holds the permission of a root field. Every root field declares exactly one with @May.
import type { GraphQLField, GraphQLInputType, GraphQLSchema } from 'graphql';
import { type AuthCheckerFn, Authorized, Extensions } from 'type-graphql';
import { inWords } from '../graphql/enums';
import { apiError } from '../graphql/errors';
import type { Text } from '../lib/locale';
import type { Actor } from './actor';
import { type Permission, policy, type Role } from './policy';

/** Declares the permission of a root field; subscriptions are checked at subscribe and before each event. */
export function May(permission: Permission): MethodDecorator {
  return (target, property, descriptor) => {
    Extensions({ permission })(target, property, descriptor);
    Authorized<Permission>(permission)(target, property as string, descriptor);
  };
}

interface Operation {
  actor: Actor;
  asked: Permission | null;
  inputType: GraphQLInputType | null;
}

/** The authChecker of TypeGraphQL. It records the permission in the context, so that write() can check it again. */
export const gate: AuthCheckerFn<Operation, Permission> = ({ context, info }, permissions) => {
  assertMay(context.actor, permissions[0]!);
  context.asked = permissions[0]!;
  const { args } = info.parentType.getFields()[info.fieldName]!;
  context.inputType = args.find(({ name }) => name === 'input')?.type ?? null;
  return true;
};

/** @throws UNAUTHENTICATED for a caller without a token, FORBIDDEN for one whose roles lack this permission. */
export function assertMay(actor: Actor, permission: Permission): void {
  if (actor.may(permission)) return;
  if (actor.subject === null) {
    throw apiError('UNAUTHENTICATED', {
      vi: 'Việc này cần đăng nhập: hãy gửi "Authorization: Bearer <mã truy cập>".',
      en: 'This needs a token: send "Authorization: Bearer <token>".',
    });
  }
  throw apiError('FORBIDDEN', whyNot([...new Set(actor.roles.map(({ role }) => role))], permission));
}

function whyNot(roles: Role[], permission: Permission): Text {
  if (roles.length === 0)
    return {
      vi: `Bạn chưa được cấp quyền nào, việc này cần quyền ${permission}. Vui lòng đề nghị quản trị cấp quyền.`,
      en: `You hold no role yet, and this needs the permission ${permission}. Ask an administrator for one.`,
    };
  const named = roles.map((role) => inWords('Role', role)).join(', ');
  const [noun, verb] = roles.length > 1 ? ['roles', 'do'] : ['role', 'does'];
  return {
    vi: `Vai trò ${named} của bạn không có quyền này (${permission}).`,
    en: `Your ${noun} ${roles.join(', ')} ${verb} not hold the permission ${permission}.`,
  };
}

/** A further condition on the arguments of a subscription, checked at subscribe and before each event. */
export type Authorize = (args: never, context: never) => Promise<void>;

/** The extensions of a subscription that has a further condition. */
export const authorizing = (authorize: Authorize): { authorize: Authorize } => ({ authorize });

/**
 * Checks that a subscription may begin or continue, with the rights of this moment.
 * @throws UNAUTHENTICATED, FORBIDDEN, or what the further condition of the subscription throws.
 */
export async function authorizeSubscription<C extends { actor: Actor }>(
  field: GraphQLField<unknown, unknown>,
  args: object,
  context: C,
): Promise<void> {
  assertMay(context.actor, permissionOf(field));
  const { authorize } = field.extensions as { authorize?: (args: object, context: C) => Promise<void> };
  await authorize?.(args, context);
}

/** The permission that a root field declares. */
export function permissionOf(field: { extensions: object }): Permission {
  return (field.extensions as { permission: Permission }).permission;
}

/**
 * The permission of each root field, by "Type.field".
 * @throws Error when a root field declares none: it would be open to everybody, so the server does not start with one.
 */
export function permissionsOf(schema: GraphQLSchema): Map<string, Permission> {
  const found = new Map<string, Permission>();
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const permission = permissionOf(field);
      if (!permission || !(permission in policy))
        throw new Error(`${type!.name}.${field.name} carries no permission: add @May.`);
      found.set(`${type!.name}.${field.name}`, permission);
    }
  }
  return found;
}
