// Privacy resolvers: audit trail, access log, export and erasure of personal data.
import { GraphQLJSONObject } from 'graphql-scalars';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { DataAccess, DataAccessPerson } from '../access/data-access.entity';
import { May } from '../access/gate';
import { PERSONS } from '../access/person';
import { isWithin } from '../access/scope';
import type { Context } from '../operation/context';
import { Events } from '../events/catalogue';
import { write } from '../events/write';
import { type Listing, type Page, PageArgs } from '../graphql/page';
import { type Batch, grouped } from '../graphql/reader';
import { prefixOf } from '../lib/ids';
import { once } from '../lib/once';
import { all, raw, sql } from '../lib/sql';
import { requireIdOf } from '../graphql/validation';
import { subjectsOf } from '../registry/grant/grant.actions';
import { Official } from '../registry/official/official.entity';
import { readAuditTrail } from './audit';
import { personalData } from './export';
import { mergeOfficials } from './merge.actions';
import { type MergeConflict, MergeOfficialsInput, MergeOfficialsPayload } from './merge.input';
import { eraseOfficial } from './privacy.actions';
import {
  AuditEntry,
  AuditFilter,
  DataAccessConnection,
  EraseOfficialInput,
  EraseOfficialPayload,
} from './privacy.input';

const accesses: Listing<DataAccess> = {
  entity: DataAccess,
  alias: 'access',
  orders: { OCCURRED_AT: ['occurredAt'] },
  usual: { field: 'OCCURRED_AT', direction: 'DESC' },
};

const personsOf: Batch<string[]> = async (manager, ids) => {
  const rows = await manager
    .createQueryBuilder(DataAccessPerson, 'person')
    .where('person.accessId IN (:...ids)', { ids })
    .orderBy('person.personId')
    .getMany();
  const byAccess = grouped(rows, ({ accessId }) => accessId);
  return new Map([...byAccess].map(([id, persons]) => [id, persons.map(({ personId }) => personId)]));
};

@Resolver(() => AuditEntry)
export class AuditResolver {
  @May('audit.read')
  @Query(() => [AuditEntry], {
    complexity: 40,
    description: 'Who changed what and who read whose data, newest first (vết kiểm tra).',
  })
  async auditTrail(
    @Arg('filter', () => AuditFilter, { nullable: true, description: 'Which entries (bộ lọc).' })
    filter: AuditFilter | null,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Only what comes after this cursor, that is, earlier entries (sau).',
    })
    after: string | null,
    @Arg('first', () => Int, {
      nullable: true,
      description: 'How many, at most 100; 20 when nothing is said (số mục).',
    })
    first: number | null,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AuditEntry[]> {
    const officialIds = await ctx.seenAmong(filter?.officialIds, info);
    const narrowed = { ...filter, officialIds };
    const read = (from: string | null, size: number | null) =>
      ctx.reader.read((manager) => readAuditTrail(manager, narrowed, from, size));
    const entries = await read(after ?? null, first ?? null);
    const hasNextPage = once(async () => (await read(entries.at(-1)!.cursor, 1)).length > 0);
    return entries.map((entry) => Object.assign(new AuditEntry(), entry, { hasNextPage }));
  }
}

@Resolver(() => DataAccess)
export class DataAccessResolver {
  @May('access.read')
  @Query(() => DataAccessConnection, {
    description:
      'Who read whose personal data, newest first: of oneself, or of anybody for administrators (nhật ký truy cập dữ liệu cá nhân).',
  })
  async dataAccessLog(
    @Arg('officialId', () => ID, {
      nullable: true,
      description: 'Whose data; all within reach when left out (cán bộ).',
    })
    officialId: string | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<DataAccess>> {
    if (officialId != null) requireIdOf(PERSONS, officialId);
    const own = all([
      ctx.scope('access.read').staff('person.official_id'),
      officialId && sql`person.official_id = ${officialId}`,
    ]);
    return ctx.list(accesses, page, {
      withheld: !ctx.scope('access.read').reach.everything,
      within: (alias) =>
        sql`${raw(alias)}.id IN (SELECT person.access_id FROM data_access_person person WHERE ${own})`,
    });
  }

  @FieldResolver(() => [ID], {
    description: 'The officials whose data it showed, as far as you may know (cán bộ có dữ liệu được xem).',
  })
  async officialIds(@Root() access: DataAccess, @Ctx() ctx: Context): Promise<string[]> {
    const { reach } = ctx.scope('access.read');
    const all = (await ctx.reader.load(personsOf, access.id)) ?? [];
    return reach.everything ? all : all.filter((id) => reach.officialIds.includes(id));
  }
}

@Resolver(() => Official)
export class PersonalDataResolver {
  @May('official.export')
  @Query(() => GraphQLJSONObject, {
    complexity: 200,
    nullable: true,
    description:
      'Everything held about a person, as JSON: what is on record of them, what was changed (of their classes from their own nomination on, whomever it was about), who read of them, and what they did and read themselves (changesMade, readsMade). Null when there is no such person, or not yours to see (dữ liệu cá nhân).',
  })
  async exportPersonalData(
    @Arg('officialId', () => ID, { description: 'Whose data (cán bộ).' }) officialId: string,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object | null> {
    requireIdOf(PERSONS, officialId);
    const own = ctx.scope('official.export').staff('own.id');
    const kind = ctx.reader.entityOf(officialId);
    return ctx.reader.read(async (manager) => {
      if (!(await isWithin(manager, kind, officialId, own))) return null;
      if (!(await ctx.findNode(officialId))) return null;
      ctx.noteRead(officialId, info);
      const subjects = await subjectsOf(manager, officialId);
      // The caller is known to be this person, though perhaps by a token alone.
      if (ctx.is(officialId) && ctx.actor.subject !== null) subjects.push(ctx.actor.subject);
      return personalData(manager, prefixOf(officialId)!, officialId, subjects);
    });
  }

  @May('official.erase')
  @Events(['official.erased'])
  @Mutation(() => EraseOfficialPayload, {
    description: 'Erases who a person is and keeps the figures; this cannot be undone (ẩn danh hồ sơ).',
  })
  eraseOfficial(
    @Arg('input', () => EraseOfficialInput, { description: 'Whom (đầu vào).' }) input: EraseOfficialInput,
    @Ctx() ctx: Context,
  ): Promise<EraseOfficialPayload> {
    return write(ctx, EraseOfficialPayload, input, (tx, whom) => eraseOfficial(tx, whom, ctx.actor));
  }
}

@Resolver()
export class MergeResolver {
  @May('official.merge')
  @Events([
    'official.merged',
    'enrolment.merged',
    'enrolment.movedUp',
    'assignment.corrected',
    'assignment.removed',
    'attendance.corrected',
  ])
  @Mutation(() => MergeOfficialsPayload, {
    description:
      'Makes two records of one person one: the id and the code of the duplicate find the kept record. With dryRun it only says what does not agree (hợp nhất hồ sơ trùng).',
  })
  async mergeOfficials(
    @Arg('input', () => MergeOfficialsInput, { description: 'Which stays, which goes, and why (đầu vào).' })
    input: MergeOfficialsInput,
    @Ctx() ctx: Context,
  ): Promise<MergeOfficialsPayload> {
    let conflicts: MergeConflict[] = [];
    const payload = await write(ctx, MergeOfficialsPayload, input, (tx, which) =>
      mergeOfficials(tx, which, (found) => {
        conflicts = found.map(({ text, ...conflict }) => ({ ...conflict, message: text[ctx.locale] }));
      }),
    );
    return Object.assign(payload, { conflicts });
  }
}

export const resolvers = [AuditResolver, DataAccessResolver, PersonalDataResolver, MergeResolver];
