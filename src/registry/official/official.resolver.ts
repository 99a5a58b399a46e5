// GraphQL fields of officials and assignments: lists, posts on a day, and mutations.
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { OnDay } from '../../graphql/filters';
import { Personal } from '../../access/personal';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import { Events } from '../../events/catalogue';
import { write } from '../../events/write';
import { UserErrorCode, Warning } from '../../graphql/errors';
import { type ListArgs, type Page, PageArgs } from '../../graphql/page';
import { raw, sql } from '../../lib/sql';
import { codeKey } from '../../lib/texts';
import { requireIdOf, requireIdOrCode, tidy } from '../../graphql/validation';
import { Unit } from '../unit/unit.entity';
import {
  assignOfficial,
  endAssignment,
  codeOwner,
  registerOfficial,
  reviseOfficial,
} from './official.actions';
import { DuplicateOfficials, DuplicateOfficialsConnection, earliestRecord, laterRecords } from './duplicates';
import { moveOfficials } from './moving.actions';
import { latestOf } from './post';
import { Assignment, Official } from './official.entity';
import {
  AssignOfficialInput,
  ChangeOfficialCodeInput,
  CorrectAssignmentInput,
  EndAssignmentInput,
  MoveOfficialsInput,
  OfficialConnection,
  OfficialArgs,
  type OfficialFilter,
  RegisterOfficialInput,
  RegisterOfficialPayload,
  RemoveAssignmentInput,
  ReviseOfficialInput,
} from './official.input';
import { assignmentsOf, assignmentsOn, formerCodesOf, officials, postsOn } from './official.reads';
import { correctAssignment, removeAssignment } from './post-slips.actions';
import { changeOfficialCode } from './staff-codes.actions';

/** A search by name or code reveals whether such an official exists, so that it counts as a read of each hit. */
function noting(ctx: Context, info: GraphQLResolveInfo, filter: OfficialFilter | null | undefined) {
  if (!filter?.text && !filter?.codes) return undefined;
  return (ids: string[]) => {
    for (const id of ids) if (!ctx.is(id)) ctx.noteRead(id, info);
  };
}

@Resolver(() => Official)
export class OfficialResolver {
  @May('official.read')
  @Query(() => Official, {
    nullable: true,
    description: 'An official by id or by staff code; null when hidden from you (cán bộ).',
  })
  async official(
    @Arg('id', () => ID, { nullable: true, description: 'Their id (mã định danh).' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Their staff code (mã hồ sơ).' })
    code: string | null,
    @Ctx() ctx: Context,
  ): Promise<Official | null> {
    requireIdOrCode('an official', id, code);
    if (id != null) return (await ctx.findNode(requireIdOf('official', id))) as Official | null;
    const bearers = await ctx.reader.read((manager) =>
      manager
        .createQueryBuilder(Official, 'official')
        .where(
          '(official.codeKey = :key OR official.code = :code OR official.id IN (SELECT official_id FROM former_code WHERE code_key = :key))',
          { key: codeKey(code!), code },
        )
        .andWhere(...ctx.within(Official)('official').named())
        .getMany(),
    );
    // Of two from before codes were compared whatever their case, the one with exactly this code.
    return bearers.find((each) => each.code === code) ?? bearers[0] ?? null;
  }

  @May('official.read')
  @Query(() => OfficialConnection, {
    description: 'Officials within your reach, by name by default (danh sách cán bộ).',
  })
  officials(
    @Args(() => OfficialArgs.root) args: ListArgs<OfficialFilter>,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Official>> {
    return ctx.list(officials, args, { hits: noting(ctx, info, args.filter) });
  }

  @May('official.register')
  @Events(['official.registered'])
  @Mutation(() => RegisterOfficialPayload, {
    description: 'Registers an official with a first post (ghi nhận cán bộ).',
  })
  async registerOfficial(
    @Arg('input', () => RegisterOfficialInput, { description: 'The official (đầu vào).' })
    input: RegisterOfficialInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RegisterOfficialPayload> {
    const payload = await write(ctx, RegisterOfficialPayload, input, registerOfficial);
    if (payload.userErrors.some(({ code }) => code === UserErrorCode.ALREADY_EXISTS)) {
      // The refusal reveals that an official has this code, so that it counts as a read of that official.
      const holder = await ctx.reader.read((manager) => codeOwner(manager, tidy(input).code));
      if (holder) ctx.noteRead(holder.id, info);
    }
    return payload;
  }

  @FieldResolver(() => [Assignment], {
    description: 'All posts, or those in force on a day, earliest first (bố trí công tác).',
  })
  async assignments(
    @Root() official: Official,
    @OnDay('Only those in force on this day (vào ngày).') on: string | null,
    @Ctx() ctx: Context,
  ): Promise<Assignment[]> {
    if (on) return assignmentsOn(ctx, official.id, on);
    return (await ctx.reader.load(assignmentsOf, official.id)) ?? [];
  }

  @Personal('id')
  @FieldResolver(() => [String], {
    description: 'Staff codes from before, which still find them, oldest first (các mã hồ sơ trước).',
  })
  async formerCodes(@Root() official: Official, @Ctx() ctx: Context): Promise<string[]> {
    return ((await ctx.reader.load(formerCodesOf, official.id)) ?? []).map(({ code }) => code);
  }

  @FieldResolver(() => Unit, {
    nullable: true,
    description:
      'Where the official serves on a day: the unit of the latest post in force (đơn vị công tác).',
  })
  async unit(
    @Root() official: Official,
    @OnDay() on: string | null,
    @Ctx() ctx: Context,
  ): Promise<Unit | null> {
    const post = latestOf(await assignmentsOn(ctx, official.id, on ?? ctx.today));
    return ctx.reader.find(Unit, post?.unitId);
  }
}

@Resolver(() => Unit)
export class UnitOfficialsResolver {
  @FieldResolver(() => OfficialConnection, {
    description: 'Officials who serve here, or below here, on the day filter.on; today by default (cán bộ).',
  })
  officials(
    @Root() unit: Unit,
    @Args(() => OfficialArgs.nested) args: ListArgs<OfficialFilter>,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Official>> {
    const { filter } = args;
    const only = raw(filter?.includeSubunits === false ? 'AND line.distance = 0' : '');
    // :parents are the units whose lists are read together; only their officials are joined.
    const held = sql`(SELECT DISTINCT post.official_id AS official_id, line.ancestor_id AS unit_id
      FROM ${postsOn(filter?.on ?? ctx.today)}
      JOIN unit_ancestor line ON line.unit_id = post.unit_id AND line.ancestor_id IN (:...parents) ${only})`;
    return ctx.list(officials, args, {
      hits: noting(ctx, info, filter),
      of: {
        id: unit.id,
        column: 'held.unit_id',
        through: { table: held, alias: 'held', on: 'held.official_id = official.id' },
      },
    });
  }
}

@Resolver(() => DuplicateOfficials)
export class DuplicateOfficialsResolver {
  @May('official.read')
  @Query(() => DuplicateOfficialsConnection, {
    description:
      'Pairs of records within your reach with the same name, whatever its marks and case, and the same date of birth, by name (các cặp hồ sơ có thể trùng).',
  })
  async duplicateOfficials(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<DuplicateOfficials>> {
    const page = await ctx.list(laterRecords, args);
    const pairOf = (duplicate: Official) => Object.assign(new DuplicateOfficials(), { duplicate });
    return {
      ...page,
      edges: page.edges.map(({ cursor, node }) => ({ cursor, node: pairOf(node) })),
      nodes: page.nodes.map(pairOf),
    };
  }

  @FieldResolver(() => Official, {
    description: 'The record that was there first: of three of one person, twice the same (hồ sơ ghi trước).',
  })
  official(@Root() { duplicate }: DuplicateOfficials, @Ctx() ctx: Context): Promise<Official> {
    return earliestRecord(ctx, duplicate.id);
  }
}

@Resolver(() => Warning)
export class WarningOfficialResolver {
  @FieldResolver(() => Official, {
    nullable: true,
    description:
      'Whose record it tells of; null when it tells of none, or of one hidden from you (hồ sơ liên quan).',
  })
  official(@Root() { officialId }: Warning, @Ctx() ctx: Context): Promise<Official | null> {
    return ctx.findShown(Official, officialId);
  }
}

const assignmentField = {
  assignment: {
    type: Assignment,
    description: 'The assignment; null when refused, or hidden from you (bố trí).',
  },
} as const;

export const resolvers = [
  OfficialResolver,
  UnitOfficialsResolver,
  DuplicateOfficialsResolver,
  WarningOfficialResolver,
  mutation(reviseOfficial, {
    permission: 'official.revise',
    description: 'Corrects what is registered of an official (sửa hồ sơ).',
    input: { type: ReviseOfficialInput, description: 'What changes (đầu vào).' },
    payload: {
      description: 'The official as revised (kết quả).',
      fields: {
        official: {
          type: Official,
          description: 'The official; null when refused, or hidden from you (cán bộ).',
        },
      },
    },
    events: ['official.revised'],
  }),
  mutation(changeOfficialCode, {
    permission: 'official.recode',
    description: 'Gives an official another staff code; the one before still finds them (đổi mã hồ sơ).',
    input: { type: ChangeOfficialCodeInput, description: 'The new code, and why (đầu vào).' },
    payload: {
      description: 'The official with the new code (kết quả).',
      fields: {
        official: {
          type: Official,
          description: 'The official; null when refused, or hidden from you (cán bộ).',
        },
      },
    },
    events: ['official.recoded'],
  }),
  mutation(correctAssignment, {
    permission: 'assignment.correct',
    description: 'Corrects a post that was entered wrongly (đính chính quá trình công tác).',
    input: { type: CorrectAssignmentInput, description: 'What was wrong, and why (đầu vào).' },
    payload: { description: 'The post as corrected (kết quả).', fields: assignmentField },
    events: ['assignment.corrected'],
  }),
  mutation(removeAssignment, {
    permission: 'assignment.remove',
    description: 'Removes a post that never was (xóa quá trình công tác ghi nhầm).',
    input: { type: RemoveAssignmentInput, description: 'Which, and why (đầu vào).' },
    payload: {
      description: 'The official without the post (kết quả).',
      fields: {
        official: {
          type: Official,
          description: 'Who held it; null when refused, or hidden from you (cán bộ).',
        },
      },
    },
    events: ['assignment.removed'],
  }),
  mutation(assignOfficial, {
    permission: 'official.assign',
    description: 'Gives an official a post at a unit (bố trí công tác).',
    input: { type: AssignOfficialInput, description: 'The post (đầu vào).' },
    payload: { description: 'The post that was given (kết quả).', fields: assignmentField },
    events: ['official.assigned'],
  }),
  mutation(moveOfficials, {
    permission: 'official.move',
    description:
      'Moves officials to other units, all or none: each old post ends the day before, and the same position begins there (chuyển công tác).',
    input: { type: MoveOfficialsInput, description: 'Who goes where, and when (đầu vào).' },
    payload: {
      description: 'The posts that were given (kết quả).',
      fields: {
        assignments: {
          type: [Assignment],
          description: 'The new posts, in the order given; empty when refused (bố trí).',
        },
      },
    },
    events: ['assignment.ended', 'official.assigned'],
  }),
  mutation(endAssignment, {
    permission: 'assignment.end',
    description: 'Ends a post (kết thúc bố trí công tác).',
    input: { type: EndAssignmentInput, description: 'Which, and when (đầu vào).' },
    payload: { description: 'The post that ended (kết quả).', fields: assignmentField },
    events: ['assignment.ended'],
  }),
];
