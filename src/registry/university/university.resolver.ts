// What can be asked of universities, and which changes can be asked for?
import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { type Gives, mutation } from '../../events/mutation';
import { type Listing, type Page, PageArgs } from '../../graphql/page';
import { storedCode } from '../../lib/texts';
import { requireIdOf, requireIdOrCode } from '../../graphql/validation';
import { addUniversity, reviseUniversity } from './university.actions';
import { University } from './university.entity';
import { AddUniversityInput, ReviseUniversityInput, UniversityConnection } from './university.input';

const universities: Listing<University> = {
  entity: University,
  alias: 'university',
  orders: { NAME: ['nameKey'] },
  usual: { field: 'NAME', direction: 'ASC' },
};

@Resolver(() => University)
export class UniversityResolver {
  @May('university.read')
  @Query(() => University, { nullable: true, description: 'A university by id or by code (cơ sở đào tạo).' })
  async university(
    @Arg('id', () => ID, { nullable: true, description: 'Its id (mã định danh).' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Its code (mã cơ sở đào tạo).' })
    code: string | null,
    @Ctx() ctx: Context,
  ): Promise<University | null> {
    requireIdOrCode('a university', id, code);
    if (id != null) return ctx.reader.find(University, requireIdOf('university', id));
    return ctx.reader.read((manager) => manager.findOneBy(University, { code: storedCode(code!) }));
  }

  @May('university.read')
  @Query(() => UniversityConnection, { description: 'All universities, by name (danh sách cơ sở đào tạo).' })
  universities(@Args(() => PageArgs) page: PageArgs, @Ctx() ctx: Context): Promise<Page<University>> {
    return ctx.list(universities, page);
  }
}

const givenUniversity = {
  university: [University, 'The university; null when refused (cơ sở đào tạo).'],
} satisfies Gives<{ university: University }>;

export const resolvers = [
  UniversityResolver,
  mutation(addUniversity, {
    may: 'university.add',
    does: 'Adds a university (thêm cơ sở đào tạo).',
    takes: [AddUniversityInput, 'The university (đầu vào).'],
    gives: givenUniversity,
    answers: 'The university that was added (kết quả).',
    tells: ['university.added'],
  }),
  mutation(reviseUniversity, {
    may: 'university.revise',
    does: 'Revises what is registered of a university (sửa cơ sở đào tạo).',
    takes: [ReviseUniversityInput, 'What changes (đầu vào).'],
    gives: givenUniversity,
    answers: 'The university as revised (kết quả).',
    tells: ['university.revised'],
  }),
];
