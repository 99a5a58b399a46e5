// GraphQL input of partnerships.
import { Field, ID, InputType } from 'type-graphql';
import { MutationInput } from '../../events/mutation';
import { VersionRead, Why } from '../../events/revision';
import { connectionOf } from '../../graphql/page';
import { DateScalar } from '../../graphql/scalars';
import { NotBefore, IdOf, OptionalIdsOf, Size, Words } from '../../graphql/validation';
import { Partnership } from './partnership.entity';

export const PartnershipConnection = connectionOf(() => Partnership, 'Partnership', 'thoả thuận hợp tác');

@InputType({ description: 'Registers an agreement of a unit with a university (ký thoả thuận hợp tác).' })
export class SignPartnershipInput extends MutationInput {
  @Field(() => ID, { description: 'The unit, open when the agreement begins, closed since or not (đơn vị).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => ID, { description: 'The university (cơ sở đào tạo).' })
  @IdOf('university')
  universityId!: string;

  @Field(() => String, { description: 'Title of the agreement (tên thoả thuận).' })
  @Words(300)
  title!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Day of signing, today at the latest (ngày ký).' })
  signedOn?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'First day in force, if it is known (từ ngày).' })
  validFrom?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day in force; null without a limit (đến ngày).',
  })
  @NotBefore('validFrom')
  validTo?: string | null;

  @Field(() => [String], {
    nullable: true,
    defaultValue: [],
    description: "What they agree to do together, in the agreement's own words (nội dung hợp tác).",
  })
  @Size(0, { optional: true })
  @Words(1_000, { optional: true, each: true })
  areas?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Topics it is about (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;
}

@InputType({ description: 'Revises an agreement; what is left out stays (sửa thỏa thuận hợp tác).' })
export class RevisePartnershipInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement (thỏa thuận).' })
  @IdOf('partnership')
  partnershipId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => ID, { nullable: true, description: 'The university; null is refused (cơ sở đào tạo).' })
  @IdOf('university', { optional: true })
  universityId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Title of the agreement; null is refused (tên thỏa thuận).',
  })
  @Words(300, { optional: true })
  title?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of signing, today at the latest; null clears it (ngày ký).',
  })
  signedOn?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day in force, if it is known; null clears it (từ ngày).',
  })
  validFrom?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day in force; null without a limit (đến ngày).',
  })
  validTo?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "What they agree to do together, in the agreement's own words; null is refused (nội dung hợp tác).",
  })
  @Size(0, { optional: true })
  @Words(1_000, { optional: true, each: true })
  areas?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'All topics it is about; null for none (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Why({ optional: true })
  reason?: string | null;
}

@InputType({ description: 'Ends an agreement (chấm dứt thỏa thuận hợp tác).' })
export class EndPartnershipInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement (thỏa thuận).' })
  @IdOf('partnership')
  partnershipId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => DateScalar, { description: 'Last day in force (đến ngày).' })
  validTo!: string;

  @Why({ optional: true })
  reason?: string | null;
}
