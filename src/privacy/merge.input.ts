// GraphQL input, payload and conflicts of the merge of two records of one official.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { MutationInput, Payload } from '../events/mutation';
import { VersionRead } from '../events/revision';
import { described } from '../graphql/enums';
import { IdOf, Words } from '../graphql/validation';
import { Official } from '../registry/official/official.entity';

export const MergeConflictCode = described(
  'MergeConflictCode',
  'Where two records of one official do not agree (loại mâu thuẫn khi hợp nhất).',
  {
    FIELD_DIFFERS: 'Both say something else; what the kept record says stays (thông tin khác nhau).',
    STANDINGS_DIFFER:
      'Both have categories or ranks of the past; those of the kept record stay (ngạch, đối tượng trước đây khác nhau).',
    SAME_POST:
      'Both hold one post in overlapping periods; it becomes one post from the first day to the last (trùng quá trình công tác).',
    SAME_COHORT:
      'Both are in one cohort; the enrolment that led further stays, and is one participation (trùng lớp).',
    BOTH_GRADUATED: 'Both graduated from one cohort: revoke one graduation first (cùng tốt nghiệp một lớp).',
    BOTH_COMMITTED: 'Both owe service for one cohort (cùng cam kết phục vụ cho một lớp).',
    BEFORE_BIRTH: 'A post begins before the birth: correct one of them first (công tác trước ngày sinh).',
    ROLE_HELD: 'The duplicate still holds roles: revoke them first (hồ sơ trùng còn quyền được cấp).',
  },
);
export type MergeConflictCode = keyof typeof MergeConflictCode;

@ObjectType({
  description: 'Where two records of one official do not agree (mâu thuẫn khi hợp nhất hồ sơ).',
  simpleResolvers: true,
})
export class MergeConflict {
  @Field(() => MergeConflictCode, { description: 'The kind (loại).' })
  code!: MergeConflictCode;

  @Field(() => Boolean, { description: 'Whether the merge is refused because of it (ngăn việc hợp nhất).' })
  blocks!: boolean;

  @Field(() => String, {
    description: 'What does not agree, in Vietnamese or English after Accept-Language (thông báo).',
  })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The field of the official that differs; null when it is about other records (thông tin).',
  })
  field!: string | null;

  @Field(() => [ID], {
    description: 'The records that it is about, the kept one first (các bản ghi liên quan).',
  })
  recordIds!: string[];
}

@InputType({ description: 'Makes two records of one official one (hợp nhất hồ sơ trùng).' })
export class MergeOfficialsInput extends MutationInput {
  @Field(() => ID, { description: 'The record that stays (hồ sơ giữ lại).' })
  @IdOf('official')
  keepId!: string;

  @Field(() => ID, {
    description: 'The record of the same person that goes; its id and code find the kept one (hồ sơ trùng).',
  })
  @IdOf('official')
  duplicateId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Only say what does not agree, and change nothing (chỉ kiểm tra).',
  })
  dryRun!: boolean;
}

@ObjectType({
  description: 'The record that stays, and what did not agree (kết quả).',
  simpleResolvers: true,
})
export class MergeOfficialsPayload extends Payload {
  @Field(() => Official, {
    nullable: true,
    description: 'The kept record; null when refused, or hidden from you (cán bộ).',
  })
  official?: Official | null;

  @Field(() => [MergeConflict], {
    description:
      'What does not agree; empty when a request is answered again by its clientMutationId (các mâu thuẫn).',
  })
  conflicts?: MergeConflict[] = [];
}
