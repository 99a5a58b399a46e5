// Verification of degrees and certificates: whether a paper that somebody shows is genuine.
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ID, Info, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { described } from '../../graphql/enums';
import { DateScalar } from '../../graphql/scalars';
import { requireIdOf } from '../../graphql/validation';
import { lineFault, longerThan } from '../../lib/texts';
import { plain } from '../../lib/vietnamese';
import { Cohort } from '../cohort/cohort.entity';
import { Programme } from '../programme/programme.entity';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';
import { credentialKey } from './credential';
import { Graduate } from './graduate.entity';

/** Far above what it takes: numbers follow one another, and nobody is to try them all within the budget of a minute. */
const GUESS = 4_000;
const LONGEST_NAME = 200;

/** Whether a text can be a name; others are expensive to compare. */
const isLine = (text: string): boolean => !longerThan(text, LONGEST_NAME) && lineFault(text) === null;

export const CredentialStatus = described(
  'CredentialStatus',
  'What a paper is worth (tình trạng văn bằng, chứng chỉ).',
  {
    GENUINE: 'It was awarded and stands (hợp lệ).',
    REVOKED: 'It was awarded and revoked since (đã thu hồi, hủy bỏ).',
    UNKNOWN: 'No such number is on record (không có trong sổ).',
  },
);
export type CredentialStatus = keyof typeof CredentialStatus;

@ObjectType({
  description:
    'What the registry says of a degree or certificate: nothing of the person (kết quả tra cứu văn bằng, chứng chỉ).',
  simpleResolvers: true,
})
export class CredentialCheck {
  @Field(() => CredentialStatus, { description: 'What it is worth (tình trạng).' })
  status!: CredentialStatus;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether it was awarded to somebody of the name that was asked for; null when none was, or the name is not on record (đúng họ tên).',
  })
  nameMatches!: boolean | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of issue, if it is on record (ngày cấp).',
  })
  issuedOn!: string | null;

  @Field(() => String, { nullable: true, description: 'Number in the register (số vào sổ).' })
  registerNumber!: string | null;

  cohort!: Cohort | null;
}

/** Whether a name on a paper is this one, whatever its case and spaces. */
const bears =
  (name: string) =>
  ({ nameOnCredential }: Graduate): boolean =>
    plain(nameOnCredential!) === plain(name);

@Resolver(() => CredentialCheck)
export class CredentialResolver {
  @May('credential.verify')
  @Query(() => CredentialCheck, {
    complexity: GUESS,
    description:
      'Whether the number on a degree or certificate is genuine, revoked or unknown, whatever its case and spaces. It tells no more than the paper does; of a number that stands on several papers, only the status until `universityId` or the name says which (tra cứu văn bằng, chứng chỉ).',
  })
  async verifyCredential(
    @Arg('number', () => String, { description: 'The number on the paper (số hiệu).' }) number: string,
    @Arg('universityId', () => ID, { nullable: true, description: 'Who awarded it (cơ sở đào tạo).' })
    universityId: string | null,
    @Arg('nameOnCredential', () => String, {
      nullable: true,
      description: 'The name on the paper, to be compared (họ tên ghi trên văn bằng).',
    })
    name: string | null,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CredentialCheck> {
    if (universityId != null) requireIdOf(University.idPrefix, universityId);
    const awarded = await ctx.reader.read(async (manager) => {
      const found = manager
        .createQueryBuilder(Graduate, 'graduate')
        .innerJoinAndMapOne('graduate.cohort', Cohort, 'cohort', 'cohort.id = graduate.cohortId')
        .where('graduate.credentialKey = :key', { key: credentialKey(number) })
        .orderBy('graduate.createdAt', 'DESC')
        .addOrderBy('graduate.id');
      if (universityId != null) found.andWhere('cohort.universityId = :universityId', { universityId });
      return (await found.getMany()) as (Graduate & { cohort: Cohort })[];
    });
    const standing = awarded.filter(({ revokedAt }) => revokedAt === null);
    const alike = standing.length > 0 ? standing : awarded;
    for (const { officialId } of alike) if (!ctx.is(officialId)) ctx.noteRead(officialId, info);
    const institutions = new Set(alike.map(({ cohort }) => cohort.universityId ?? cohort.hostUnitId));
    // Numbers from before, and those accepted in spite of a warning, may stand on two papers of one institution.
    const papers = institutions.size === 1 ? alike : [];
    const named = papers.filter(({ nameOnCredential }) => nameOnCredential !== null);
    const matching = name != null && isLine(name) ? named.filter(bears(name)) : [];
    const [paper, other] = matching.length > 0 ? matching : papers;
    const told = other ? undefined : paper;
    return Object.assign(new CredentialCheck(), {
      status:
        standing.length > 0
          ? CredentialStatus.GENUINE
          : awarded.length > 0
            ? CredentialStatus.REVOKED
            : CredentialStatus.UNKNOWN,
      nameMatches: name != null && named.length > 0 ? matching.length > 0 : null,
      issuedOn: told?.issuedOn ?? null,
      registerNumber: told?.registerNumber ?? null,
      cohort: told?.cohort ?? null,
    });
  }

  @FieldResolver(() => Programme, {
    nullable: true,
    description:
      'What was learned; null for a number that is unknown or not of one institution (chương trình).',
  })
  async programme(@Root() { cohort }: CredentialCheck, @Ctx() ctx: Context): Promise<Programme | null> {
    return cohort && ctx.reader.find(Programme, cohort.programmeId);
  }

  @FieldResolver(() => University, {
    nullable: true,
    description: 'Who awarded it, where a university delivered the class (cơ sở đào tạo).',
  })
  async university(@Root() { cohort }: CredentialCheck, @Ctx() ctx: Context): Promise<University | null> {
    return cohort && ctx.reader.find(University, cohort.universityId);
  }

  @FieldResolver(() => Unit, {
    nullable: true,
    description: 'Who awarded it, where no university delivered the class (đơn vị tổ chức).',
  })
  async hostUnit(@Root() { cohort }: CredentialCheck, @Ctx() ctx: Context): Promise<Unit | null> {
    return cohort && cohort.universityId === null ? ctx.reader.find(Unit, cohort.hostUnitId) : null;
  }
}

export const resolvers = [CredentialResolver];
