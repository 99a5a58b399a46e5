// What can be asked of programmes, and which changes can be asked for?
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { type Gives, mutation } from '../../events/mutation';
import type { ListArgs, Listing, Page } from '../../graphql/page';
import { rowsBy } from '../../graphql/reader';
import { matchesText } from '../../database/search';
import { isIn, sql } from '../../lib/sql';
import { storedCode } from '../../lib/texts';
import { requireIdOf, requireIdOrCode } from '../../graphql/validation';
import { Topic } from '../topic/topic.entity';
import { topicsThrough } from '../topic/topic.reads';
import { University } from '../university/university.entity';
import { addProgramme, reviseProgramme } from './programme.actions';
import { Programme, ProgrammePartner, ProgrammeTopic } from './programme.entity';
import {
  AddProgrammeInput,
  ProgrammeConnection,
  ProgrammeArgs,
  type ProgrammeFilter,
  ReviseProgrammeInput,
} from './programme.input';

const programmes: Listing<Programme, ProgrammeFilter> = {
  entity: Programme,
  alias: 'programme',
  orders: { NAME: ['nameKey'], CODE: ['code'] },
  usual: { field: 'NAME', direction: 'ASC' },
  narrow: ({ text, codes, kinds, universityIds, topicIds }) => [
    text && matchesText('programme', text),
    codes && isIn('programme.code', codes),
    kinds && isIn('programme.kind', kinds),
    universityIds && isIn('programme.universityId', universityIds),
    topicIds &&
      sql`programme.id IN (SELECT programme_id FROM programme_topic WHERE ${isIn('topic_id', topicIds)})`,
  ],
};

const topicsOf = topicsThrough(ProgrammeTopic, 'programmeId');

const partnersOf = rowsBy(ProgrammePartner, 'programmeId', ['no']);

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
    requireIdOrCode('a programme', id, code);
    if (id != null) return ctx.reader.find(Programme, requireIdOf('programme', id));
    return ctx.reader.read((manager) => manager.findOneBy(Programme, { code: storedCode(code!) }));
  }

  @May('programme.read')
  @Query(() => ProgrammeConnection, {
    description: 'Programmes, by name unless told otherwise (danh sách chương trình).',
  })
  programmes(
    @Args(() => ProgrammeArgs.root) args: ListArgs<ProgrammeFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<Programme>> {
    return ctx.list(programmes, args);
  }

  @FieldResolver(() => [Topic], { description: 'What it is about, by code (lĩnh vực).' })
  async topics(@Root() programme: Programme, @Ctx() ctx: Context): Promise<Topic[]> {
    return (await ctx.reader.load(topicsOf, programme.id)) ?? [];
  }

  @FieldResolver(() => [ProgrammePartner], { description: 'Everyone involved and how (đơn vị tham gia).' })
  async partners(@Root() programme: Programme, @Ctx() ctx: Context): Promise<ProgrammePartner[]> {
    return (await ctx.reader.load(partnersOf, programme.id)) ?? [];
  }
}

@Resolver(() => University)
export class UniversityProgrammesResolver {
  @FieldResolver(() => ProgrammeConnection, {
    description: 'Programmes it delivers, by name (chương trình).',
  })
  programmes(
    @Root() university: University,
    @Args(() => ProgrammeArgs.nested) args: ListArgs<ProgrammeFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<Programme>> {
    return ctx.list(programmes, args, { of: { id: university.id, column: 'programme.universityId' } });
  }
}

const givenProgramme = {
  programme: [Programme, 'The programme; null when refused (chương trình).'],
} satisfies Gives<{ programme: Programme }>;

export const resolvers = [
  ProgrammeResolver,
  UniversityProgrammesResolver,
  mutation(addProgramme, {
    may: 'programme.add',
    does: 'Adds a programme. Who leads, commissions, delivers or funds it is within your reach, or works with what is: by an agreement, an order that was taken on, or a programme together (thêm chương trình).',
    takes: [AddProgrammeInput, 'The programme (đầu vào).'],
    gives: givenProgramme,
    answers: 'The programme that was added (kết quả).',
    tells: ['programme.added'],
  }),
  mutation(reviseProgramme, {
    may: 'programme.revise',
    does: 'Revises a programme; cohorts planned already keep their university and location. Those who take part and are out of your reach stay; new ones are as in addProgramme (sửa chương trình).',
    takes: [ReviseProgrammeInput, 'What changes (đầu vào).'],
    gives: givenProgramme,
    answers: 'The programme as revised (kết quả).',
    tells: ['programme.revised'],
  }),
];
