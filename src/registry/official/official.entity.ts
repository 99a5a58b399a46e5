// Official and assignment: persons, and the posts they hold for a period. Tables and GraphQL types.
import { codeKey } from '../../lib/texts';
import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { OfPerson, PSEUDONYM } from '../../access/person';
import { Personal } from '../../access/personal';
import { Reference } from '../../access/reference';
import type { Changed, Shown } from '../../access/scope';
import { described } from '../../graphql/enums';
import {
  Day,
  Entered,
  EnumColumn,
  Instant,
  Key,
  OptionalDay,
  OptionalText,
  Text,
} from '../../database/columns';
import { Node } from '../../graphql/node';
import { Searched, searchText } from '../../database/search';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { all } from '../../lib/sql';
import { personKey } from '../../lib/vietnamese';
import { Position } from '../position/position.entity';
import { Unit } from '../unit/unit.entity';

export const OfficialCategory = described(
  'OfficialCategory',
  'On what footing an official serves; it can change in a career (đối tượng).',
  {
    CADRE: 'Elected or appointed for a term (cán bộ).',
    CIVIL_SERVANT: 'Recruited to ranks and posts (công chức).',
    PUBLIC_EMPLOYEE: 'On contract in a public service unit (viên chức).',
  },
);
export type OfficialCategory = keyof typeof OfficialCategory;

export const Gender = described('Gender', 'Gender as registered (giới tính).', {
  FEMALE: 'Female (nữ).',
  MALE: 'Male (nam).',
  OTHER: 'Other (khác).',
});
export type Gender = keyof typeof Gender;

export const DatePrecision = described(
  'DatePrecision',
  'How much of a date is known (mức độ chính xác của ngày).',
  {
    YEAR: 'Only the year (chỉ biết năm).',
    MONTH: 'The year and the month (chỉ biết tháng và năm).',
    DAY: 'The day (đủ ngày, tháng, năm).',
  },
);
export type DatePrecision = keyof typeof DatePrecision;

@Entity()
@Index(['dateOfBirth', 'foldedName'])
@Searched('official')
@OfPerson<Official>({
  person: 'official',
  owner: 'id',
  erase: {
    code: (_official, { code }) => code,
    codeKey: (_official, { code }) => codeKey(code),
    fullName: PSEUDONYM,
    gender: null,
    dateOfBirth: null,
    dateOfBirthPrecision: null,
    email: null,
    grade: null,
    givenName: null,
    erasedAt: (_official, { at }) => at,
    version: ({ version }) => version + 1,
    search: (_official, { code }) => searchText(PSEUDONYM, code),
    nameKey: personKey(PSEUDONYM),
    foldedName: null,
  },
  export: { as: 'official', without: ['search', 'codeKey', 'nameKey', 'foldedName', 'keepingUnitId'] },
  audit: ['own events'],
})
@ObjectType({
  implements: Node,
  description: 'A cadre, civil servant or public employee (cán bộ, công chức, viên chức).',
  simpleResolvers: true,
})
export class Official extends Node {
  static readonly idPrefix = 'official';
  static readonly shown: Shown = { by: 'official.read', rows: (scope, own) => scope.persons(`${own}.id`) };
  static readonly changed: Changed = {
    by: 'official.revise',
    rows: (scope, own) => scope.staff(`${own}.id`),
  };

  @Personal('id')
  @Field(() => String, { description: 'Staff code, unique whatever its case (mã hồ sơ).' })
  @Text({ unique: true })
  code!: string;

  /** Key of the code; null where two officials had the same code before keys were introduced. */
  @OptionalText()
  @Index({ unique: true })
  codeKey!: string | null;

  @Personal('id')
  @Field(() => String, { nullable: true, description: 'Full name, family name first (họ và tên).' })
  @Text()
  fullName!: string;

  @Personal('id')
  @Field(() => String, {
    nullable: true,
    description:
      'The given name, where it was stated because it is not the last word of the full name (tên).',
  })
  @OptionalText()
  givenName!: string | null;

  @Field(() => OfficialCategory, { description: 'Present category (đối tượng).' })
  @EnumColumn(OfficialCategory, 'category')
  category!: OfficialCategory;

  @Personal('id')
  @Field(() => Gender, { nullable: true, description: 'Gender (giới tính).' })
  @EnumColumn(Gender, 'gender', { nullable: true })
  gender!: Gender | null;

  @Personal('id')
  @Field(() => DateScalar, {
    nullable: true,
    description:
      'Date of birth. It is known only as far as dateOfBirthPrecision says: of YEAR, read the year alone (ngày sinh).',
  })
  @OptionalDay()
  dateOfBirth!: string | null;

  @Personal('id')
  @Field(() => DatePrecision, {
    nullable: true,
    description: 'How much of the date of birth is known; null without one (mức độ chính xác của ngày sinh).',
  })
  @OptionalText()
  dateOfBirthPrecision!: DatePrecision | null;

  @Personal('id')
  @Field(() => String, { nullable: true, description: 'Work e-mail (thư điện tử công vụ).' })
  @OptionalText()
  email!: string | null;

  @Personal('id')
  @Field(() => String, {
    nullable: true,
    description: 'Rank or professional title (ngạch, chức danh nghề nghiệp).',
  })
  @OptionalText()
  grade!: string | null;

  @Field(() => Int, { description: 'Counts the revisions; hand it back to revise safely (phiên bản).' })
  @Column({ type: 'integer' })
  version!: number;

  /**
   * The unit that registered an official who held no post on that day, having retired or being yet to begin: it keeps
   * the record while the official holds none.
   */
  @OptionalText()
  keepingUnitId!: string | null;

  @Instant()
  @Index()
  createdAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When their identity was erased: a pseudonym stands in its place, figures stay (thời điểm ẩn danh).',
  })
  @Instant({ nullable: true })
  erasedAt!: Date | null;

  @Text()
  search!: string;

  @Text()
  @Index()
  nameKey!: string;

  /** The full name without marks and case, by which two records of one person are found; null once it was erased. */
  @OptionalText()
  foldedName!: string | null;
}

@Entity()
@OfPerson<Assignment>({
  person: 'official',
  owner: 'officialId',
  erase: 'keep',
  export: { as: 'assignments', names: { unit: ['unitId', 'name'], position: ['positionId', 'title'] } },
  audit: ['own events'],
})
@Index(['officialId', 'validFrom'])
@Index(['unitId', 'positionId'])
@ObjectType({
  implements: Node,
  description: "An official's post at a unit for a period (bố trí công tác).",
  simpleResolvers: true,
})
export class Assignment extends Node {
  static readonly idPrefix = 'assignment';
  /** A caller who may see the official may see their posts. */
  static readonly shown: Shown = {
    by: 'official.read',
    rows: (scope, own) => scope.persons(`${own}.official_id`),
  };
  static readonly changed: Changed = {
    by: 'assignment.end',
    rows: (scope, own) => all([scope.units(`${own}.unit_id`), scope.staff(`${own}.official_id`)]),
  };

  @Reference(() => Official, { as: 'official', description: 'Who holds the post (cán bộ).' })
  officialId!: string;

  @Reference(() => Unit, { as: 'unit', description: 'Where (đơn vị).' })
  unitId!: string;

  @Reference(() => Position, { as: 'position', description: 'As what (chức danh).' })
  positionId!: string;

  @Field(() => Boolean, { description: 'Whether it is a managerial post (giữ chức vụ lãnh đạo, quản lý).' })
  @Column({ type: 'boolean' })
  isManagerial!: boolean;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  @Day()
  validFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null while it lasts (đến ngày).' })
  @OptionalDay()
  validTo!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was registered; null when that was not kept (thời điểm ghi nhận).',
  })
  @Entered()
  createdAt!: Date | null;
}

/** The category and rank that an official had up to a day, since the day after the next earlier one. */
@Entity()
@OfPerson<EarlierStanding>({
  person: 'official',
  owner: 'officialId',
  erase: { grade: null },
  export: { as: 'earlierStandings' },
  audit: [],
})
export class EarlierStanding {
  @Key()
  @ForeignKey(() => Official)
  officialId!: string;

  /** The last day. */
  @PrimaryColumn({ type: 'date' })
  until!: string;

  @EnumColumn(OfficialCategory, 'category')
  category!: OfficialCategory;

  @OptionalText()
  grade!: string | null;
}

/** A staff code that an official had before; it stays theirs, and finds them. */
@Entity()
@OfPerson<FormerCode>({
  person: 'official',
  owner: 'officialId',
  erase: 'delete',
  export: { as: 'formerCodes', without: ['codeKey'] },
  audit: [],
})
export class FormerCode {
  /** Key of the code, as of a present one. */
  @Key()
  codeKey!: string;

  @Text()
  code!: string;

  @Reference(() => Official)
  @Index()
  officialId!: string;

  /** When another code took its place. */
  @Instant()
  until!: Date;
}

export const entities = [Official, Assignment, EarlierStanding, FormerCode];
