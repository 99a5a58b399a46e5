// What can be asked of universities, and which changes can be asked for?
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { badInput } from '../../lib/errors';
import { type Listing, type Page, PageArgs, readPage } from '../../lib/page';
import { storedCode } from '../../lib/texts';
import { requireIdOf } from '../../lib/validation';
import { addUniversity, reviseUniversity } from './university.actions';
import { University } from './university.entity';
import {
  AddUniversityInput,
  AddUniversityPayload,
  ReviseUniversityInput,
  ReviseUniversityPayload,
  UniversityConnection,
} from './university.input';

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
    if ((id == null) === (code == null))
      throw badInput('Ask for a university by `id` or by `code`, one of the two.');
    if (id != null) return ctx.reader.find(University, requireIdOf('university', id));
    return ctx.reader.read((manager) => manager.findOneBy(University, { code: storedCode(code!) }));
  }

  @May('university.read')
  @Query(() => UniversityConnection, { description: 'All universities, by name (danh sách cơ sở đào tạo).' })
  universities(@Args(() => PageArgs) page: PageArgs, @Ctx() ctx: Context): Promise<Page<University>> {
    return readPage(ctx.reader, universities, { page });
  }

  @May('university.add')
  @Mutation(() => AddUniversityPayload, { description: 'Adds a university (thêm cơ sở đào tạo).' })
  addUniversity(
    @Arg('input', () => AddUniversityInput, { description: 'The university (đầu vào).' })
    input: AddUniversityInput,
    @Ctx() ctx: Context,
  ): Promise<AddUniversityPayload> {
    return write(ctx, AddUniversityPayload, input, addUniversity);
  }

  @May('university.revise')
  @Mutation(() => ReviseUniversityPayload, {
    description: 'Revises what is registered of a university (sửa cơ sở đào tạo).',
  })
  reviseUniversity(
    @Arg('input', () => ReviseUniversityInput, { description: 'What changes (đầu vào).' })
    input: ReviseUniversityInput,
    @Ctx() ctx: Context,
  ): Promise<ReviseUniversityPayload> {
    return write(ctx, ReviseUniversityPayload, input, reviseUniversity);
  }
}
