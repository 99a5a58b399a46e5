// GraphQL inputs, filters and one payload of officials and assignments.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { VersionRead } from '../../events/revision';
import { MutationInput, Payload, WarnedInput } from '../../events/mutation';
import { IncludeSubunits, orderOf, SearchCost, SearchText } from '../../graphql/filters';
import { connectionOf, listArgs } from '../../graphql/page';
import { Renamed } from '../../graphql/renamed';
import { DateScalar } from '../../graphql/scalars';
import {
  NotBefore,
  Code,
  Email,
  IdOf,
  OptionalIdsOf,
  Size,
  Sought,
  Words,
  ValidateNested,
} from '../../graphql/validation';
import { DatePrecision, Gender, Official, OfficialCategory } from './official.entity';

export const OfficialConnection = connectionOf(
  () => Official,
  'Official',
  'cán bộ, công chức, viên chức',
  40,
);

@InputType({ description: 'Which officials (bộ lọc cán bộ).' })
export class OfficialFilter {
  @SearchText('the name or staff code', 100)
  text?: string | null;

  @Field(() => [String], { nullable: true, description: 'With these staff codes (mã hồ sơ).' })
  @Sought(60)
  codes?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Serving at these units on the day `on` (đơn vị công tác).',
  })
  @OptionalIdsOf('unit')
  @SearchCost(400)
  unitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;

  @Field(() => [OfficialCategory], { nullable: true, description: 'Of these categories (đối tượng).' })
  categories?: OfficialCategory[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Holding these positions on the day `on` (mã chức danh).',
  })
  @Sought(60)
  positionCodes?: string[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'Holding a post on this day. Without it, unitIds and positionCodes mean today, and officials without a post are included (vào ngày).',
  })
  @SearchCost(200)
  on?: string | null;
}

export const OfficialOrder = orderOf('Official', 'cán bộ', {
  NAME: 'Vietnamese order: given name, family name, middle names (tên).',
  CODE: 'Staff code (mã hồ sơ).',
  CREATED_AT: 'When they were registered (thời điểm ghi nhận).',
});

export const OfficialArgs = listArgs('officials', OfficialFilter, { by: OfficialOrder, usual: 'by name' });

@InputType({ description: 'Registers an official with a first post (ghi nhận cán bộ).' })
export class RegisterOfficialInput extends WarnedInput {
  @Field(() => String, { description: 'Staff code, unique whatever its case (mã hồ sơ).' })
  @Code()
  code!: string;

  @Field(() => String, { description: 'Full name, family name first (họ và tên).' })
  @Words(200)
  fullName!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The given name, where it is not the last word of the full name: "Phương" of Y Phương Niê Kdăm. Lists sort by it (tên).',
  })
  @Words(200, { optional: true })
  givenName?: string | null;

  @Field(() => OfficialCategory, { description: 'Category (đối tượng).' })
  category!: OfficialCategory;

  @Field(() => Gender, { nullable: true, description: 'Gender (giới tính).' })
  gender?: Gender | null;

  @Field(() => DateScalar, { nullable: true, description: 'Date of birth (ngày sinh).' })
  dateOfBirth?: string | null;

  @Field(() => DatePrecision, {
    nullable: true,
    description:
      'How much of the date of birth is known; DAY when left out. Of a date known in part only, write the rest as 01 (mức độ chính xác của ngày sinh).',
  })
  dateOfBirthPrecision?: DatePrecision | null;

  @Field(() => String, { nullable: true, description: 'Work e-mail (thư điện tử công vụ).' })
  @Email({ optional: true })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Rank or professional title (ngạch).' })
  @Words(200, { optional: true })
  grade?: string | null;

  @Field(() => ID, { description: 'The unit of the first post (đơn vị công tác).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => String, { description: 'Code of the position held there (mã chức danh).' })
  @Words(60)
  positionCode!: string;

  @Field(() => DateScalar, { description: 'First day in that post, also to come (từ ngày).' })
  since!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day in that post, for an official who has retired or moved on (đến ngày).',
  })
  until?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is a managerial post; false when left out (lãnh đạo, quản lý).',
  })
  isManagerial?: boolean | null;
}

@ObjectType({ description: 'The official who was registered (kết quả).', simpleResolvers: true })
export class RegisterOfficialPayload extends Payload {
  @Field(() => Official, {
    nullable: true,
    description: 'The official; null when refused (cán bộ).',
  })
  official?: Official | null;
}

@InputType({ description: 'Corrects what is registered of an official; what is left out stays (sửa hồ sơ).' })
export class ReviseOfficialInput extends WarnedInput {
  @Field(() => ID, { description: 'The official (cán bộ).' })
  @IdOf('official')
  officialId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => String, { nullable: true, description: 'Full name; null is refused (họ và tên).' })
  @Words(200, { optional: true })
  fullName?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The given name, where it is not the last word of the full name: "Phương" of Y Phương Niê Kdăm. Lists sort by it; null clears it (tên).',
  })
  @Words(200, { optional: true })
  givenName?: string | null;

  @Field(() => OfficialCategory, {
    nullable: true,
    description: 'Category from now on; null is refused (đối tượng).',
  })
  category?: OfficialCategory | null;

  @Field(() => Gender, { nullable: true, description: 'Gender; null clears it (giới tính).' })
  gender?: Gender | null;

  @Field(() => DateScalar, { nullable: true, description: 'Date of birth; null clears it (ngày sinh).' })
  dateOfBirth?: string | null;

  @Field(() => DatePrecision, {
    nullable: true,
    description:
      'How much of the date of birth is known; DAY when left out or null. Of a date known in part only, write the rest as 01 (mức độ chính xác của ngày sinh).',
  })
  dateOfBirthPrecision?: DatePrecision | null;

  @Field(() => String, { nullable: true, description: 'Work e-mail; null clears it (thư điện tử công vụ).' })
  @Email({ optional: true })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Rank or professional title; null clears it (ngạch).' })
  @Words(200, { optional: true })
  grade?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'First day of the new category or rank, today when left out or null: nominations of earlier days keep the earlier one (từ ngày).',
  })
  since?: string | null;
}

@InputType({ description: 'Gives an official a post (bố trí công tác).' })
export class AssignOfficialInput extends WarnedInput {
  @Field(() => ID, { description: 'The official (cán bộ).' })
  @IdOf('official')
  officialId!: string;

  @Field(() => ID, { description: 'The unit (đơn vị).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => String, { description: 'Code of the position (mã chức danh).' })
  @Words(60)
  positionCode!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether it is a managerial post (lãnh đạo, quản lý).',
  })
  isManagerial!: boolean;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  @Renamed('validFrom', () => DateScalar, { since: '2026-11', required: true })
  since!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day, if it is known (đến ngày).' })
  @Renamed('validTo', () => DateScalar, { since: '2026-11' })
  @NotBefore('since')
  until?: string | null;
}

@InputType({ description: 'Ends a post (kết thúc bố trí công tác).' })
export class EndAssignmentInput extends MutationInput {
  @Field(() => ID, { description: 'The assignment (bố trí).' })
  @IdOf('assignment')
  assignmentId!: string;

  @Field(() => DateScalar, { description: 'Last day in the post (đến ngày).' })
  @Renamed('validTo', () => DateScalar, { since: '2026-11', required: true })
  until!: string;
}

@InputType({ description: 'One post that goes over to another unit (chuyển công tác).' })
export class OfficialMoveInput {
  @Field(() => ID, { description: 'The post that ends, named once (bố trí).' })
  @IdOf('assignment')
  assignmentId!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Where to; the unitId of the whole list when left out (đơn vị tiếp nhận).',
  })
  @IdOf('unit', { optional: true })
  unitId?: string | null;
}

@InputType({
  description:
    'Moves officials to other units, many at once, each in the position they held (chuyển công tác).',
})
export class MoveOfficialsInput extends MutationInput {
  @Field(() => [OfficialMoveInput], { description: 'Which posts, and to which units (danh sách).' })
  @Size(1)
  @ValidateNested()
  moves!: OfficialMoveInput[];

  @Field(() => ID, {
    nullable: true,
    description: 'The unit of all who have none of their own in the list (đơn vị tiếp nhận chung).',
  })
  @IdOf('unit', { optional: true })
  unitId?: string | null;

  @Field(() => DateScalar, {
    description: 'First day at the new unit; the old post ends the day before (từ ngày).',
  })
  @Renamed('validFrom', () => DateScalar, { since: '2026-11', required: true })
  from!: string;
}

@InputType({ description: 'Gives an official another staff code (đổi mã hồ sơ).' })
export class ChangeOfficialCodeInput extends MutationInput {
  @Field(() => ID, { description: 'The official (cán bộ).' })
  @IdOf('official')
  officialId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => String, { description: 'The new code, unique whatever its case (mã hồ sơ).' })
  @Code()
  code!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'Corrects a post; what is left out stays (đính chính quá trình công tác).' })
export class CorrectAssignmentInput extends WarnedInput {
  @Field(() => ID, { description: 'The assignment (bố trí).' })
  @IdOf('assignment')
  assignmentId!: string;

  @Field(() => ID, { nullable: true, description: 'The unit; null is refused (đơn vị).' })
  @IdOf('unit', { optional: true })
  unitId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Code of the position; null is refused (mã chức danh).',
  })
  @Words(60, { optional: true })
  positionCode?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is a managerial post; null is refused (lãnh đạo, quản lý).',
  })
  isManagerial?: boolean | null;

  @Field(() => DateScalar, { nullable: true, description: 'First day; null is refused (từ ngày).' })
  since?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null while it lasts (đến ngày).' })
  until?: string | null;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'Removes a post that never was (xóa quá trình công tác ghi nhầm).' })
export class RemoveAssignmentInput extends MutationInput {
  @Field(() => ID, { description: 'The assignment (bố trí).' })
  @IdOf('assignment')
  assignmentId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}
