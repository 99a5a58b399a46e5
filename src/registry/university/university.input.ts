// GraphQL inputs of universities.
import { Field, ID, InputType } from 'type-graphql';
import { VersionRead } from '../../events/revision';
import { MutationInput } from '../../events/mutation';
import { orderOf, SearchText } from '../../graphql/filters';
import { connectionOf, listArgs } from '../../graphql/page';
import { DateScalar } from '../../graphql/scalars';
import { Code, IdOf, Size, Sought, ValidateNested, WebAddress, Words } from '../../graphql/validation';
import { InstitutionKind, University } from './university.entity';

export const UniversityConnection = connectionOf(() => University, 'University', 'cơ sở đào tạo');

@InputType({ description: 'Which universities (bộ lọc cơ sở đào tạo).' })
export class UniversityFilter {
  @SearchText('the name of today or of before, abbreviation or code')
  text?: string | null;

  @Field(() => [String], { nullable: true, description: 'With these codes (mã cơ sở đào tạo).' })
  @Sought(60)
  codes?: string[] | null;

  @Field(() => [InstitutionKind], { nullable: true, description: 'Of these kinds (loại cơ sở đào tạo).' })
  kinds?: InstitutionKind[] | null;
}

export const UniversityOrder = orderOf('University', 'cơ sở đào tạo', {
  NAME: 'Vietnamese alphabet, numbers by value (tên).',
  CODE: 'Code (mã cơ sở đào tạo).',
});

export const UniversityArgs = listArgs('universities', UniversityFilter, { by: UniversityOrder });

@InputType({ description: 'Adds a university (thêm cơ sở đào tạo).' })
export class AddUniversityInput extends MutationInput {
  @Field(() => String, { description: 'Short code, unique (mã cơ sở đào tạo).' })
  @Code()
  code!: string;

  @Field(() => InstitutionKind, {
    defaultValue: InstitutionKind.UNIVERSITY,
    description: 'What sort of institution it is (loại cơ sở đào tạo).',
  })
  kind!: InstitutionKind;

  @Field(() => String, { description: 'Full name (tên đầy đủ).' })
  @Words(300)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @Words(300, { optional: true })
  nameEn?: string | null;

  @Field(() => String, { nullable: true, description: 'Common abbreviation, e.g. "UEH" (tên viết tắt).' })
  @Words(60, { optional: true })
  abbreviation?: string | null;

  @Field(() => String, { nullable: true, description: 'Address of its web site, with https:// (trang web).' })
  @WebAddress({ optional: true })
  website?: string | null;
}

@InputType({ description: 'A name that an institution bore before (tên trước đây).' })
export class FormerNameInput {
  @Field(() => String, { description: 'Full name (tên đầy đủ).' })
  @Words(300)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @Words(300, { optional: true })
  nameEn?: string | null;

  @Field(() => String, { nullable: true, description: 'Common abbreviation (tên viết tắt).' })
  @Words(60, { optional: true })
  abbreviation?: string | null;

  @Field(() => DateScalar, {
    description: 'Its last day; the next name follows on the day after (đến hết ngày).',
  })
  validTo!: string;
}

@InputType({ description: 'Revises a university; what is left out stays (sửa cơ sở đào tạo).' })
export class ReviseUniversityInput extends MutationInput {
  @Field(() => ID, { description: 'The university (cơ sở đào tạo).' })
  @IdOf('university')
  universityId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => InstitutionKind, {
    nullable: true,
    description: 'What sort of institution it is; null is refused (loại cơ sở đào tạo).',
  })
  kind?: InstitutionKind | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Full name of today; null is refused. To rename it, give the name of before in `formerNames`, too (tên đầy đủ).',
  })
  @Words(300, { optional: true })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Name in English; null clears it (tên tiếng Anh).' })
  @Words(300, { optional: true })
  nameEn?: string | null;

  @Field(() => String, { nullable: true, description: 'Common abbreviation; null clears it (tên viết tắt).' })
  @Words(60, { optional: true })
  abbreviation?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Address of its web site; null clears it (trang web).',
  })
  @WebAddress({ optional: true })
  website?: string | null;

  @Field(() => [FormerNameInput], {
    nullable: true,
    description:
      'All names of before, in any order; null or an empty list removes them (tên qua các thời kỳ trước).',
  })
  @Size(0, { optional: true })
  @ValidateNested()
  formerNames?: FormerNameInput[] | null;
}
