// GraphQL fields of universities: list, names over time, and mutations.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../operation/context';
import { codeKeys } from '../../lib/texts';
import { listFields, recordField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
import { dayAfter } from '../../lib/dates';
import { OnDay } from '../../graphql/filters';
import { rowsBy } from '../../graphql/reader';
import { isIn } from '../../lib/sql';
import { addUniversity, reviseUniversity } from './university.actions';
import { FormerName, University, UniversityName } from './university.entity';
import {
  AddUniversityInput,
  ReviseUniversityInput,
  UniversityArgs,
  UniversityConnection,
  type UniversityFilter,
} from './university.input';

const universities: Listing<University, UniversityFilter> = {
  entity: University,
  alias: 'university',
  searched: true,
  orders: { NAME: ['nameKey'], CODE: ['code'] },
  usual: { field: 'NAME', direction: 'ASC' },
  narrow: ({ codes, kinds }) => [
    codes && isIn('university.codeKey', codeKeys(codes)),
    kinds && isIn('university.kind', kinds),
  ],
};
const universityLists = listFields(universities, UniversityConnection, UniversityArgs);

const formerNames = rowsBy(FormerName, 'universityId', ['until']);

@Resolver(() => University)
export class UniversityNamesResolver {
  @FieldResolver(() => [UniversityName], {
    description: 'Its names and their days, oldest first; the last is that of today (tên qua các thời kỳ).',
  })
  async names(@Root() university: University, @Ctx() ctx: Context): Promise<UniversityName[]> {
    const before = (await ctx.reader.load(formerNames, university.id)) ?? [];
    const { name, nameEn, abbreviation } = university;
    return [...before, { name, nameEn, abbreviation, until: null }].map((each, i) => ({
      name: each.name,
      nameEn: each.nameEn,
      abbreviation: each.abbreviation,
      validFrom: i === 0 ? null : dayAfter(before[i - 1]!.until),
      validTo: each.until,
    }));
  }

  @FieldResolver(() => String, { description: 'Its full name on a day (tên đầy đủ vào một ngày).' })
  async nameOn(
    @Root() university: University,
    @OnDay() on: string | null,
    @Ctx() ctx: Context,
  ): Promise<string> {
    const day = on ?? ctx.today;
    const before = (await ctx.reader.load(formerNames, university.id)) ?? [];
    return (before.find(({ until }) => day <= until) ?? university).name;
  }
}

const universityField = {
  university: { type: University, description: 'The university; null when refused (cơ sở đào tạo).' },
} as const;

export const resolvers = [
  UniversityNamesResolver,
  recordField(University, 'university', {
    permission: 'university.read',
    noun: 'a university',
    description: 'A university by id or by code (cơ sở đào tạo).',
    codeDescription: 'Its code (mã cơ sở đào tạo).',
  }),
  universityLists.root('universities', {
    permission: 'university.read',
    description: 'All universities, by name (danh sách cơ sở đào tạo).',
  }),
  mutation(addUniversity, {
    permission: 'university.add',
    description: 'Adds a university (thêm cơ sở đào tạo).',
    input: { type: AddUniversityInput, description: 'The university (đầu vào).' },
    payload: { description: 'The university that was added (kết quả).', fields: universityField },
    events: ['university.added'],
  }),
  mutation(reviseUniversity, {
    permission: 'university.revise',
    description: 'Revises what is registered of a university (sửa cơ sở đào tạo).',
    input: { type: ReviseUniversityInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The university as revised (kết quả).', fields: universityField },
    events: ['university.revised'],
  }),
];
