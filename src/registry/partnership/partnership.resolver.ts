// What can be asked of partnerships, from either side?
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import { type Listing, type Page, PageArgs } from '../../graphql/page';
import { Topic } from '../topic/topic.entity';
import { topicsThrough } from '../topic/topic.reads';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';
import { signPartnership } from './partnership.actions';
import { Partnership, PartnershipTopic } from './partnership.entity';
import { PartnershipConnection, SignPartnershipInput } from './partnership.input';

const partnerships: Listing<Partnership> = {
  entity: Partnership,
  alias: 'partnership',
  orders: { TITLE: ['titleKey'] },
  usual: { field: 'TITLE', direction: 'ASC' },
};

const topicsOf = topicsThrough(PartnershipTopic, 'partnershipId');

@Resolver(() => Partnership)
export class PartnershipResolver {
  @FieldResolver(() => [Topic], { description: 'What it is about, by code (lĩnh vực).' })
  async topics(@Root() partnership: Partnership, @Ctx() ctx: Context): Promise<Topic[]> {
    return (await ctx.reader.load(topicsOf, partnership.id)) ?? [];
  }
}

@Resolver(() => Unit)
export class UnitPartnershipsResolver {
  @FieldResolver(() => PartnershipConnection, {
    description: 'Its own agreements with universities, by title (thoả thuận hợp tác).',
  })
  partnerships(
    @Root() unit: Unit,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Partnership>> {
    return ctx.list(partnerships, page, { of: { id: unit.id, column: 'partnership.unitId' } });
  }
}

@Resolver(() => University)
export class UniversityPartnershipsResolver {
  @FieldResolver(() => PartnershipConnection, {
    description: 'Its agreements with units, by title (thoả thuận hợp tác).',
  })
  partnerships(
    @Root() university: University,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Partnership>> {
    return ctx.list(partnerships, page, { of: { id: university.id, column: 'partnership.universityId' } });
  }
}

export const resolvers = [
  PartnershipResolver,
  UnitPartnershipsResolver,
  UniversityPartnershipsResolver,
  mutation(signPartnership, {
    may: 'partnership.sign',
    does: 'Registers an agreement of a unit with a university (ký thoả thuận hợp tác).',
    takes: [SignPartnershipInput, 'The agreement (đầu vào).'],
    gives: { partnership: [Partnership, 'The partnership; null when refused (thoả thuận).'] },
    answers: 'The partnership that was signed (kết quả).',
    tells: ['partnership.signed'],
  }),
];
