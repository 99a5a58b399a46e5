// GraphQL fields of role grants, and of the viewer: the caller's own roles and permissions.
import { Args, Ctx, Field, FieldResolver, Info, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { HeldRole } from '../../access/actor';
import { May } from '../../access/gate';
import { type Permission, policy, Role } from '../../access/policy';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import type { ListArgs, Listing, Page } from '../../graphql/page';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { isIn, sql } from '../../lib/sql';
import { Official } from '../official/official.entity';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';
import { grantRole, revokeRole } from './grant.actions';
import { RoleGrant } from './grant.entity';
import {
  GrantRoleInput,
  RevokeRoleInput,
  RoleGrantConnection,
  RoleGrantArgs,
  type RoleGrantFilter,
} from './grant.input';

const grants: Listing<RoleGrant, RoleGrantFilter> = {
  entity: RoleGrant,
  alias: 'held',
  orders: { GRANTED_AT: ['grantedAt'] },
  usual: { field: 'GRANTED_AT', direction: 'DESC' },
  narrow: ({ roles, subjects, officialIds, on }) => [
    roles && isIn('held.role', roles),
    subjects && isIn('held.subject', subjects),
    officialIds && isIn('held.officialId', officialIds),
    on &&
      sql`held.revokedAt IS NULL AND held.validFrom <= ${on} AND (held.validTo IS NULL OR held.validTo >= ${on})`,
  ],
};

@Resolver(() => RoleGrant)
export class RoleGrantResolver {
  @May('role.read')
  @Query(() => RoleGrantConnection, { description: 'Who holds which role, newest first (các phân quyền).' })
  async grants(
    @Args(() => RoleGrantArgs.root) args: ListArgs<RoleGrantFilter>,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RoleGrant>> {
    const officialIds = await ctx.seenAmong(args.filter?.officialIds, info);
    return ctx.list(grants, { ...args, filter: { ...args.filter, officialIds } });
  }

  @FieldResolver(() => [Unit], {
    description: 'Successors of the unit that it reaches, too (đơn vị kế thừa).',
  })
  successors(@Root() grant: RoleGrant, @Ctx() ctx: Context): Promise<Unit[]> {
    return Promise.all(grant.successorIds.map((id) => ctx.reader.get(Unit, id)));
  }
}

/** Whether a permission of the caller reaches any record: a token may claim a unit that does not exist. */
async function reachesSomething(ctx: Context, permission: Permission): Promise<boolean> {
  const { everything, unitIds, universityIds, officialIds } = ctx.scope(permission).reach;
  if (everything) return true;
  const reached = await Promise.all([
    ...unitIds.map((id) => ctx.reader.find(Unit, id)),
    ...universityIds.map((id) => ctx.reader.find(University, id)),
    ...officialIds.map((id) => ctx.reader.find(Official, id)),
  ]);
  return reached.some((record) => record !== null);
}

@ObjectType({ description: 'A role that the caller holds now (vai trò đang giữ).', simpleResolvers: true })
export class ViewerRole {
  @Field(() => Role, { description: 'The role (vai trò).' })
  role!: Role;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null without end (đến ngày).' })
  until!: string | null;

  held!: HeldRole;
}

@ObjectType({
  description: 'The caller, as the registry knows them (người đang truy cập).',
  simpleResolvers: true,
})
export class Viewer {
  @Field(() => String, {
    nullable: true,
    description: 'The subject of the token; null without one (chủ thể).',
  })
  subject!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the token ends; null without one (hết hạn).',
  })
  expiresAt!: Date | null;

  @Field(() => [ViewerRole], { description: 'The roles held now, each with its reach (vai trò).' })
  roles!: ViewerRole[];

  @Field(() => [String], {
    description:
      'What the caller may do somewhere, as noun and verb: `cohort.plan` is what planCohort asks for. A permission that reaches no unit, university or official that there is is left out (quyền).',
  })
  permissions!: Permission[];
}

@Resolver(() => Viewer)
export class ViewerResolver {
  @May('viewer.read')
  @Query(() => Viewer, {
    description: 'Who the caller is, which roles they hold and what they may do (người đang truy cập).',
  })
  async viewer(@Ctx() ctx: Context): Promise<Viewer> {
    const { actor } = ctx;
    const roles = actor.roles.map((held) =>
      Object.assign(new ViewerRole(), { role: held.role, until: held.until, held }),
    );
    const all = Object.keys(policy) as Permission[];
    const reaching = await Promise.all(all.map((each) => reachesSomething(ctx, each)));
    const permissions = all.filter((_, i) => reaching[i]);
    return Object.assign(new Viewer(), {
      subject: actor.subject,
      expiresAt: actor.expiresAt,
      roles,
      permissions,
    });
  }

  @FieldResolver(() => Official, {
    nullable: true,
    description: 'The official that the caller is, when a role OFFICIAL says so (cán bộ).',
  })
  official(@Root() viewer: Viewer, @Ctx() ctx: Context): Promise<Official | null> {
    return ctx.findShown(Official, viewer.roles.find(({ held }) => held.officialId)?.held.officialId);
  }
}

@Resolver(() => ViewerRole)
export class ViewerRoleResolver {
  @FieldResolver(() => [Unit], {
    description: 'The unit and named successors that the role reaches, with all below them (phạm vi đơn vị).',
  })
  async units(@Root() { held }: ViewerRole, @Ctx() ctx: Context): Promise<Unit[]> {
    const units = await Promise.all(held.unitIds.map((id) => ctx.reader.find(Unit, id)));
    return units.filter((unit) => unit !== null);
  }

  @FieldResolver(() => University, {
    nullable: true,
    description: 'The university whose cohorts the role reaches (phạm vi cơ sở đào tạo).',
  })
  university(@Root() { held }: ViewerRole, @Ctx() ctx: Context): Promise<University | null> {
    return ctx.reader.find(University, held.universityId);
  }
}

const grantField = {
  grant: { type: RoleGrant, description: 'The grant; null when refused (phân quyền).' },
} as const;

export const resolvers = [
  RoleGrantResolver,
  ViewerResolver,
  ViewerRoleResolver,
  mutation(grantRole, {
    permission: 'role.grant',
    description: 'Grants a role, from a day on (phân quyền).',
    input: { type: GrantRoleInput, description: 'Who gets what (đầu vào).' },
    payload: { description: 'The role that was granted (kết quả).', fields: grantField },
    events: ['role.granted'],
  }),
  mutation(revokeRole, {
    permission: 'role.revoke',
    description: 'Revokes a role at once; subscriptions that were allowed by it end (thu hồi quyền).',
    input: { type: RevokeRoleInput, description: 'Which grant, and why (đầu vào).' },
    payload: { description: 'The role that was revoked (kết quả).', fields: grantField },
    events: ['role.revoked'],
  }),
];
