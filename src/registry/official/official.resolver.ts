// What can be asked of officials and their posts?
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { SelectQueryBuilder } from 'typeorm';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { badInput, UserErrorCode } from '../../lib/errors';
import { isIn } from '../../lib/filters';
import { type Listing, type Order, type Page, PageArgs, readPage } from '../../lib/page';
import { type Batch, grouped } from '../../lib/reader';
import { DateScalar } from '../../lib/scalars';
import { matchText } from '../../lib/search';
import { storedCode } from '../../lib/texts';
import { requireIdOf, tidy } from '../../lib/validation';
import { Position } from '../position/position.entity';
import { Unit } from '../unit/unit.entity';
import { ofUnits } from '../unit/unit.resolver';
import {
  assignOfficial,
  endAssignment,
  holderOf,
  inForceOn,
  latestOf,
  moveOfficials,
  registerOfficial,
  reviseOfficial,
} from './official.actions';
import { Assignment, Official } from './official.entity';
import {
  AssignOfficialInput,
  AssignOfficialPayload,
  EndAssignmentInput,
  EndAssignmentPayload,
  MoveOfficialsInput,
  MoveOfficialsPayload,
  OfficialConnection,
  OfficialFilter,
  OfficialOrder,
  RegisterOfficialInput,
  RegisterOfficialPayload,
  ReviseOfficialInput,
  ReviseOfficialPayload,
} from './official.input';

export const officials: Listing<Official> = {
  entity: Official,
  alias: 'official',
  orders: { NAME: ['nameKey'], CODE: ['code'], CREATED_AT: ['createdAt'] },
  usual: { field: 'NAME', direction: 'ASC' },
  secret: Official.idPrefix,
};

/** SQL for posts in force on `:on`: the post's own period, and its unit's. */
const POSTS_ON_DAY = `assignment post JOIN unit ON unit.id = post.unit_id
  AND (unit.valid_from IS NULL OR unit.valid_from <= :on) AND (unit.valid_to IS NULL OR unit.valid_to >= :on)
  AND post.valid_from <= :on AND (post.valid_to IS NULL OR post.valid_to >= :on)`;

function narrow(
  query: SelectQueryBuilder<Official>,
  filter: OfficialFilter | null | undefined,
  today: string,
): void {
  if (!filter) return;
  const { text, codes, unitIds, categories, positionCodes, on } = filter;
  if (text) matchText(query, 'official', text);
  if (codes) query.andWhere(...isIn('official.code', codes, 'codes'));
  if (categories) query.andWhere(...isIn('official.category', categories, 'categories'));
  if (!unitIds && !positionCodes && !on) return;
  const conditions: [string, object][] = [];
  if (unitIds) conditions.push(ofUnits('post.unit_id', { ...filter, unitIds }));
  if (positionCodes) {
    const [condition, parameters] = isIn('code', positionCodes, 'positionCodes');
    conditions.push([`post.position_id IN (SELECT id FROM position WHERE ${condition})`, parameters]);
  }
  const where = conditions.map(([condition]) => condition).join(' AND ') || '1 = 1';
  query.andWhere(`official.id IN (SELECT post.official_id FROM ${POSTS_ON_DAY} WHERE ${where})`, {
    on: on ?? today,
    ...Object.fromEntries(conditions.flatMap(([, parameters]) => Object.entries(parameters))),
  });
}

/** Whoever looks for a name or a code learns of a person already by whether there is one: that is a read of them. */
function noting(ctx: Context, info: GraphQLResolveInfo, filter: OfficialFilter | null) {
  if (!filter?.text && !filter?.codes) return undefined;
  return (ids: string[]) => {
    for (const id of ids) if (!ctx.is(id)) ctx.noteRead(id, info);
  };
}

/** The posts of officials, earliest first. */
export const assignmentsOf: Batch<Assignment[]> = async (manager, ids) => {
  const rows = await manager
    .createQueryBuilder(Assignment, 'post')
    .where('post.officialId IN (:...ids)', { ids })
    .orderBy('post.validFrom')
    .addOrderBy('post.id')
    .getMany();
  return grouped(rows, ({ officialId }) => officialId);
};

/** The assignments of an official that are in force on a day. */
async function assignmentsOn(ctx: Context, officialId: string, day: string): Promise<Assignment[]> {
  const all = (await ctx.reader.load(assignmentsOf, officialId)) ?? [];
  const units = await Promise.all(all.map(({ unitId }) => ctx.reader.get(Unit, unitId)));
  return all.filter((assignment, i) => inForceOn(assignment, units[i]!, day));
}

@Resolver(() => Official)
export class OfficialResolver {
  @May('official.read')
  @Query(() => Official, {
    nullable: true,
    description: 'An official by id or by staff code; null when not yours to see (cán bộ).',
  })
  async official(
    @Arg('id', () => ID, { nullable: true, description: 'Their id (mã định danh).' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Their staff code (mã hồ sơ).' })
    code: string | null,
    @Ctx() ctx: Context,
  ): Promise<Official | null> {
    if ((id == null) === (code == null))
      throw badInput('Ask for an official by `id` or by `code`, one of the two.');
    if (id != null) return ctx.findShown(Official, requireIdOf('official', id));
    return ctx.reader.read((manager) =>
      manager
        .createQueryBuilder(Official, 'official')
        .where('official.code = :code', { code: storedCode(code!) })
        .andWhere(...ctx.within(Official)('official'))
        .getOne(),
    );
  }

  @May('official.read')
  @Query(() => OfficialConnection, {
    description: 'Officials within your reach, by name unless told otherwise (danh sách cán bộ).',
  })
  officials(
    @Arg('filter', () => OfficialFilter, { nullable: true, description: 'Which officials (bộ lọc).' })
    filter: OfficialFilter | null,
    @Arg('orderBy', () => OfficialOrder, { nullable: true, description: 'In which order; by name (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Official>> {
    return readPage(ctx.reader, officials, {
      page,
      orderBy,
      within: ctx.within(Official),
      narrow: (query) => narrow(query, filter, ctx.today),
      hits: noting(ctx, info, filter),
    });
  }

  @May('official.register')
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
      // Somebody has the code, and the caller knows now, whether or not they may see who it is.
      const holder = await ctx.reader.read((manager) => holderOf(manager, tidy(input).code));
      if (holder) ctx.noteRead(holder.id, info);
    }
    return payload;
  }

  @May('official.revise')
  @Mutation(() => ReviseOfficialPayload, {
    description: 'Corrects what is registered of an official (sửa hồ sơ).',
  })
  reviseOfficial(
    @Arg('input', () => ReviseOfficialInput, { description: 'What changes (đầu vào).' })
    input: ReviseOfficialInput,
    @Ctx() ctx: Context,
  ): Promise<ReviseOfficialPayload> {
    return write(ctx, ReviseOfficialPayload, input, reviseOfficial);
  }

  @May('official.assign')
  @Mutation(() => AssignOfficialPayload, {
    description: 'Gives an official a post at a unit (bố trí công tác).',
  })
  assignOfficial(
    @Arg('input', () => AssignOfficialInput, { description: 'The post (đầu vào).' })
    input: AssignOfficialInput,
    @Ctx() ctx: Context,
  ): Promise<AssignOfficialPayload> {
    return write(ctx, AssignOfficialPayload, input, assignOfficial);
  }

  @May('official.move')
  @Mutation(() => MoveOfficialsPayload, {
    description:
      'Moves officials to other units, all or none: each old post ends the day before, and the same position begins there (chuyển công tác).',
  })
  moveOfficials(
    @Arg('input', () => MoveOfficialsInput, { description: 'Who goes where, and when (đầu vào).' })
    input: MoveOfficialsInput,
    @Ctx() ctx: Context,
  ): Promise<MoveOfficialsPayload> {
    return write(ctx, MoveOfficialsPayload, input, moveOfficials);
  }

  @May('assignment.end')
  @Mutation(() => EndAssignmentPayload, { description: 'Ends a post (kết thúc bố trí công tác).' })
  endAssignment(
    @Arg('input', () => EndAssignmentInput, { description: 'Which, and when (đầu vào).' })
    input: EndAssignmentInput,
    @Ctx() ctx: Context,
  ): Promise<EndAssignmentPayload> {
    return write(ctx, EndAssignmentPayload, input, endAssignment);
  }

  @FieldResolver(() => [Assignment], {
    description: 'All posts, or those in force on a day, earliest first (bố trí công tác).',
  })
  async assignments(
    @Root() official: Official,
    @Arg('on', () => DateScalar, {
      nullable: true,
      description: 'Only those in force on this day (vào ngày).',
    })
    on: string | null,
    @Ctx() ctx: Context,
  ): Promise<Assignment[]> {
    if (on) return assignmentsOn(ctx, official.id, on);
    return (await ctx.reader.load(assignmentsOf, official.id)) ?? [];
  }

  @FieldResolver(() => Unit, {
    nullable: true,
    description:
      'Where the official serves on a day: the unit of the latest post in force (đơn vị công tác).',
  })
  async unit(
    @Root() official: Official,
    @Arg('on', () => DateScalar, {
      nullable: true,
      description: 'The day; today when none is given (vào ngày).',
    })
    on: string | null,
    @Ctx() ctx: Context,
  ): Promise<Unit | null> {
    const post = latestOf(await assignmentsOn(ctx, official.id, on ?? ctx.today));
    return ctx.reader.find(Unit, post?.unitId);
  }
}

@Resolver(() => Assignment)
export class AssignmentResolver {
  @FieldResolver(() => Official, { description: 'Who holds the post (cán bộ).' })
  official(@Root() assignment: Assignment, @Ctx() ctx: Context): Promise<Official | null> {
    return ctx.findShown(Official, assignment.officialId); // never null: who sees the post sees whose it is
  }

  @FieldResolver(() => Unit, { description: 'Where (đơn vị).' })
  unit(@Root() assignment: Assignment, @Ctx() ctx: Context): Promise<Unit> {
    return ctx.reader.get(Unit, assignment.unitId);
  }

  @FieldResolver(() => Position, { description: 'As what (chức danh).' })
  position(@Root() assignment: Assignment, @Ctx() ctx: Context): Promise<Position> {
    return ctx.reader.get(Position, assignment.positionId);
  }
}

@Resolver(() => Unit)
export class UnitOfficialsResolver {
  @FieldResolver(() => OfficialConnection, {
    description:
      'Officials who serve here, or below here, on the day filter.on; today when none is given (cán bộ).',
  })
  officials(
    @Root() unit: Unit,
    @Arg('filter', () => OfficialFilter, { nullable: true, description: 'Which of them (bộ lọc).' })
    filter: OfficialFilter | null,
    @Arg('orderBy', () => OfficialOrder, { nullable: true, description: 'In which order; by name (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Official>> {
    const distance = filter?.includeSubunits === false ? 'AND line.distance = 0' : '';
    const held = `(SELECT DISTINCT post.official_id AS official_id, line.ancestor_id AS unit_id FROM ${POSTS_ON_DAY}
      JOIN unit_ancestor line ON line.unit_id = post.unit_id AND line.ancestor_id IN (:...parents) ${distance})`;
    return readPage(ctx.reader, officials, {
      page,
      orderBy,
      filter,
      within: ctx.within(Official),
      narrow: (query) => narrow(query, filter, ctx.today),
      hits: noting(ctx, info, filter),
      of: {
        id: unit.id,
        parent: 'held.unit_id',
        join: (query) =>
          query
            .innerJoin(held, 'held', 'held.official_id = official.id')
            .setParameter('on', filter?.on ?? ctx.today),
      },
    });
  }
}
