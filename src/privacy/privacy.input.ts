// GraphQL inputs and payloads of audit, export and erasure.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { DataAccess } from '../access/data-access.entity';
import { PERSONS } from '../access/person';
import { MutationInput, Payload } from '../events/mutation';
import { described } from '../graphql/enums';
import { connectionOf } from '../graphql/page';
import { DateTimeScalar } from '../graphql/scalars';
import { IdOf, OptionalIdsOfAny, Sought } from '../graphql/validation';
import { FieldChange } from '../events/event-types';
import { Official } from '../registry/official/official.entity';

export const DataAccessConnection = connectionOf(
  () => DataAccess,
  'DataAccess',
  'lượt truy cập dữ liệu cá nhân',
);

export const AuditKind = described(
  'AuditKind',
  'What an entry of the audit trail tells of (loại vết kiểm tra).',
  {
    CHANGE: 'Something was changed: an event of the log (thay đổi).',
    READ: 'Data of persons was shown (đọc dữ liệu cá nhân).',
  },
);
export type AuditKind = keyof typeof AuditKind;

@InputType({ description: 'Which entries; each list narrows (bộ lọc vết kiểm tra).' })
export class AuditFilter {
  @Field(() => [AuditKind], { nullable: true, description: 'Of these kinds (loại).' })
  kinds?: AuditKind[] | null;

  @Field(() => [String], { nullable: true, description: 'By these subjects (chủ thể).' })
  @Sought(300)
  subjects?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'About these officials: their record, posts, roles, graduations with follow-ups, service owed, exemptions, initiatives and sources, and who read of them. Nominations, decisions and attendance are in the log for several learners at once, so those of their classes are listed from their own nomination on, with the start and end of the class, whomever they were about. A seat on a committee is of a position, not of a person, and is not listed (cán bộ).',
  })
  @OptionalIdsOfAny(() => PERSONS)
  officialIds?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'From this moment on (từ thời điểm).' })
  from?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Before this moment (trước thời điểm).' })
  before?: Date | null;
}

@ObjectType({ description: 'Who did what, and when (vết kiểm tra).', simpleResolvers: true })
export class AuditEntry {
  @Field(() => AuditKind, { description: 'A change or a read (loại).' })
  kind!: AuditKind;

  @Field(() => String, { description: 'Its place in the trail: hand it back as `after` (con trỏ).' })
  cursor!: string;

  @Field(() => DateTimeScalar, { description: 'When (thời điểm).' })
  occurredAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'The subject of the token; null for a caller without one (chủ thể).',
  })
  subject!: string | null;

  @Field(() => String, {
    description: 'The event, as in `cohort.planned`, or the operation that read (hành động).',
  })
  action!: string;

  @Field(() => ID, { nullable: true, description: 'The record that changed; null for a read (bản ghi).' })
  recordId!: string | null;

  @Field(() => [FieldChange], { description: 'What changed; empty for a read (thay đổi).' })
  changes!: FieldChange[];

  @Field(() => String, {
    nullable: true,
    description: "The request, to find it in the server's log (mã yêu cầu).",
  })
  requestId!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether earlier entries follow the last of this page, the same for each of its entries; looked for only when selected (còn trang sau).',
  })
  hasNextPage!: () => Promise<boolean>;
}

@InputType({
  description:
    'Puts a pseudonym in the place of a person, of what they wrote, and of the subject of their tokens in the audit trail; their participations, graduations, posts and initiatives stay for the figures (ẩn danh hồ sơ).',
})
export class EraseOfficialInput extends MutationInput {
  @Field(() => ID, { description: 'The official (cán bộ).' })
  @IdOf('official')
  officialId!: string;
}

@ObjectType({ description: 'The official whose identity was erased (kết quả).', simpleResolvers: true })
export class EraseOfficialPayload extends Payload {
  @Field(() => Official, { nullable: true, description: 'The official; null when refused (cán bộ).' })
  official?: Official | null;
}
