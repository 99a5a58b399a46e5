// What can be asked of partnerships, from either side?
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { type Listing, type Page, PageArgs } from '../../lib/page';
import { Topic } from '../topic/topic.entity';
import { topicsThrough } from '../topic/topic.links';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';
import { signPartnership } from './partnership.actions';
import { Partnership, PartnershipTopic } from './partnership.entity';
import { PartnershipConnection, SignPartnershipInput, SignPartnershipPayload } from './partnership.input';

const partnerships: Listing<Partnership> = {
  entity: Partnership,
  alias: 'partnership',
  orders: { TITLE: ['titleKey'] },
  usual: { field: 'TITLE', direction: 'ASC' },
};

const topicsOf = topicsThrough(PartnershipTopic, 'partnershipId');

@Resolver(() => Partnership)
export class PartnershipResolver {
  @May('partnership.sign')
  @Mutation(() => SignPartnershipPayload, {
    description: 'Registers an agreement of a unit with a university (ký thoả thuận hợp tác).',
  })
  signPartnership(
    @Arg('input', () => SignPartnershipInput, { description: 'The agreement (đầu vào).' })
    input: SignPartnershipInput,
    @Ctx() ctx: Context,
  ): Promise<SignPartnershipPayload> {
    return write(ctx, SignPartnershipPayload, input, signPartnership);
  }

  @FieldResolver(() => Unit, { description: 'The unit that agreed (đơn vị).' })
  unit(@Root() partnership: Partnership, @Ctx() ctx: Context): Promise<Unit> {
    return ctx.reader.get(Unit, partnership.unitId);
  }

  @FieldResolver(() => University, { description: 'The university that agreed (cơ sở đào tạo).' })
  university(@Root() partnership: Partnership, @Ctx() ctx: Context): Promise<University> {
    return ctx.reader.get(University, partnership.universityId);
  }

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
