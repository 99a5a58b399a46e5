// What can be asked of programmes, and which changes can be asked for?
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { SelectQueryBuilder } from 'typeorm';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { badInput } from '../../lib/errors';
import { isIn } from '../../lib/filters';
import { type Listing, type Order, type Page, PageArgs, readPage } from '../../lib/page';
import { type Batch, grouped } from '../../lib/reader';
import { matchText } from '../../lib/search';
import { storedCode } from '../../lib/texts';
import { requireIdOf } from '../../lib/validation';
import { Topic } from '../topic/topic.entity';
import { topicsThrough } from '../topic/topic.links';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';
import { addProgramme, reviseProgramme } from './programme.actions';
import { Programme, ProgrammePartner, ProgrammeTopic } from './programme.entity';
import {
  AddProgrammeInput,
  AddProgrammePayload,
  ProgrammeConnection,
  ProgrammeFilter,
  ProgrammeOrder,
  ReviseProgrammeInput,
  ReviseProgrammePayload,
} from './programme.input';

const programmes: Listing<Programme> = {
  entity: Programme,
  alias: 'programme',
  orders: { NAME: ['nameKey'], CODE: ['code'] },
  usual: { field: 'NAME', direction: 'ASC' },
};

function narrow(query: SelectQueryBuilder<Programme>, filter: ProgrammeFilter | null | undefined): void {
  if (!filter) return;
  const { text, codes, kinds, universityIds, topicIds } = filter;
  if (text) matchText(query, 'programme', text);
  if (codes) query.andWhere(...isIn('programme.code', codes, 'codes'));
  if (kinds) query.andWhere(...isIn('programme.kind', kinds, 'kinds'));
  if (universityIds) query.andWhere(...isIn('programme.universityId', universityIds, 'universityIds'));
  if (topicIds) {
    const [condition, parameters] = isIn('topic_id', topicIds, 'topicIds');
    query.andWhere(
      `programme.id IN (SELECT programme_id FROM programme_topic WHERE ${condition})`,
      parameters,
    );
  }
}

const topicsOf = topicsThrough(ProgrammeTopic, 'programmeId');

const partnersOf: Batch<ProgrammePartner[]> = async (manager, ids) => {
  const partners = await manager
    .createQueryBuilder(ProgrammePartner, 'partner')
    .where('partner.programmeId IN (:...ids)', { ids })
    .orderBy('partner.no')
    .getMany();
  return grouped(partners, ({ programmeId }) => programmeId);
};

@Resolver(() => Programme)
export class ProgrammeResolver {
  @May('programme.read')
  @Query(() => Programme, { nullable: true, description: 'A programme by id or by code (chương trình).' })
  async programme(
    @Arg('id', () => ID, { nullable: true, description: 'Its id (mã định danh).' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Its code (mã chương trình).' })
    code: string | null,
    @Ctx() ctx: Context,
  ): Promise<Programme | null> {
    if ((id == null) === (code == null))
      throw badInput('Ask for a programme by `id` or by `code`, one of the two.');
    if (id != null) return ctx.reader.find(Programme, requireIdOf('programme', id));
    return ctx.reader.read((manager) => manager.findOneBy(Programme, { code: storedCode(code!) }));
  }

  @May('programme.read')
  @Query(() => ProgrammeConnection, {
    description: 'Programmes, by name unless told otherwise (danh sách chương trình).',
  })
  programmes(
    @Arg('filter', () => ProgrammeFilter, { nullable: true, description: 'Which programmes (bộ lọc).' })
    filter: ProgrammeFilter | null,
    @Arg('orderBy', () => ProgrammeOrder, {
      nullable: true,
      description: 'In which order; by name (thứ tự).',
    })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Programme>> {
    return readPage(ctx.reader, programmes, { page, orderBy, narrow: (query) => narrow(query, filter) });
  }

  @May('programme.add')
  @Mutation(() => AddProgrammePayload, {
    description:
      'Adds a programme. Who leads, commissions, delivers or funds it is within your reach, or works with what is: by an agreement, an order that was taken on, or a programme together (thêm chương trình).',
  })
  addProgramme(
    @Arg('input', () => AddProgrammeInput, { description: 'The programme (đầu vào).' })
    input: AddProgrammeInput,
    @Ctx() ctx: Context,
  ): Promise<AddProgrammePayload> {
    return write(ctx, AddProgrammePayload, input, addProgramme);
  }

  @May('programme.revise')
  @Mutation(() => ReviseProgrammePayload, {
    description:
      'Revises a programme; cohorts planned already keep their university and location. Those who take part and are out of your reach stay; new ones are as in addProgramme (sửa chương trình).',
  })
  reviseProgramme(
    @Arg('input', () => ReviseProgrammeInput, { description: 'What changes (đầu vào).' })
    input: ReviseProgrammeInput,
    @Ctx() ctx: Context,
  ): Promise<ReviseProgrammePayload> {
    return write(ctx, ReviseProgrammePayload, input, reviseProgramme);
  }

  @FieldResolver(() => [Topic], { description: 'What it is about, by code (lĩnh vực).' })
  async topics(@Root() programme: Programme, @Ctx() ctx: Context): Promise<Topic[]> {
    return (await ctx.reader.load(topicsOf, programme.id)) ?? [];
  }

  @FieldResolver(() => University, {
    nullable: true,
    description: 'The university that delivers it; null when a unit does (cơ sở đào tạo).',
  })
  university(@Root() programme: Programme, @Ctx() ctx: Context): Promise<University | null> {
    return ctx.reader.find(University, programme.universityId);
  }

  @FieldResolver(() => [ProgrammePartner], { description: 'Everyone involved and how (đơn vị tham gia).' })
  async partners(@Root() programme: Programme, @Ctx() ctx: Context): Promise<ProgrammePartner[]> {
    return (await ctx.reader.load(partnersOf, programme.id)) ?? [];
  }
}

@Resolver(() => ProgrammePartner)
export class ProgrammePartnerResolver {
  @FieldResolver(() => Unit, { nullable: true, description: 'The unit; null for a university (đơn vị).' })
  unit(@Root() partner: ProgrammePartner, @Ctx() ctx: Context): Promise<Unit | null> {
    return ctx.reader.find(Unit, partner.unitId);
  }

  @FieldResolver(() => University, {
    nullable: true,
    description: 'The university; null for a unit (cơ sở đào tạo).',
  })
  university(@Root() partner: ProgrammePartner, @Ctx() ctx: Context): Promise<University | null> {
    return ctx.reader.find(University, partner.universityId);
  }
}

@Resolver(() => University)
export class UniversityProgrammesResolver {
  @FieldResolver(() => ProgrammeConnection, {
    description: 'Programmes it delivers, by name (chương trình).',
  })
  programmes(
    @Root() university: University,
    @Arg('filter', () => ProgrammeFilter, { nullable: true, description: 'Which of them (bộ lọc).' })
    filter: ProgrammeFilter | null,
    @Arg('orderBy', () => ProgrammeOrder, {
      nullable: true,
      description: 'In which order; by name (thứ tự).',
    })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Programme>> {
    return readPage(ctx.reader, programmes, {
      page,
      orderBy,
      filter,
      narrow: (query) => narrow(query, filter),
      of: { id: university.id, parent: 'programme.universityId' },
    });
  }
}
