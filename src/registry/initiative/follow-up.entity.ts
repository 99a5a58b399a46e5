// Follow-up: whether a graduate applies the training in daily work, some months after graduation. Table and type.
import { Field, ObjectType } from 'type-graphql';
import { Column, Entity, Index } from 'typeorm';
import { OfPerson } from '../../access/person';
import { Personal } from '../../access/personal';
import { Reference } from '../../access/reference';
import type { Changed, Shown } from '../../access/scope';
import { Version } from '../../events/revision';
import { described } from '../../graphql/enums';
import { Day, Entered, EnumColumn, OptionalText } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { raw, sql } from '../../lib/sql';
import { Graduate } from '../graduate/graduate.entity';
import { Official } from '../official/official.entity';

export const FollowUpTime = described(
  'FollowUpTime',
  'How long after graduation a follow-up is made (thời điểm theo dõi sau khi hoàn thành).',
  {
    AFTER_3_MONTHS: 'Three months (sau 3 tháng).',
    AFTER_6_MONTHS: 'Six months (sau 6 tháng).',
    AFTER_12_MONTHS: 'Twelve months (sau 12 tháng).',
  },
);
export type FollowUpTime = keyof typeof FollowUpTime;

@Entity()
@OfPerson<FollowUp>({
  person: 'official',
  owner: 'officialId',
  erase: { how: null },
  export: { as: 'followUps' },
  audit: ['own events'],
})
@Index(['graduateId', 'time'], { unique: true })
@ObjectType({
  implements: Node,
  description: 'Whether a graduate applies the training in daily work (theo dõi sau khi hoàn thành).',
  simpleResolvers: true,
})
export class FollowUp extends Node {
  static readonly idPrefix = 'followup';
  static readonly shown: Shown = {
    by: Graduate.shown.by,
    rows: (scope, own) => {
      const graduates = sql`SELECT whose.id FROM graduate whose
        WHERE whose.revoked_at IS NULL AND ${Graduate.shown.rows(scope, 'whose')}`;
      return sql`${raw(own)}.graduate_id IN (${graduates})`;
    },
  };
  static readonly changed: Changed = {
    by: 'followup.record',
    rows: (scope, own) => FollowUp.shown.rows(scope, own),
  };

  @Reference(() => Graduate, {
    as: 'graduate',
    description: 'The graduation it is about (hoàn thành, tốt nghiệp).',
  })
  graduateId!: string;

  /** Copied from the graduation, where it never changes. */
  @Reference(() => Official)
  @Index()
  officialId!: string;

  @Field(() => FollowUpTime, { description: 'How long after graduation (thời điểm).' })
  @EnumColumn(FollowUpTime, 'time')
  time!: FollowUpTime;

  @Field(() => Boolean, { description: 'Whether it is applied in daily work (có vận dụng vào công việc).' })
  @Column({ type: 'boolean' })
  isApplied!: boolean;

  @Personal('officialId')
  @Field(() => String, {
    nullable: true,
    description: 'How, or why not; null if hidden from you (vận dụng thế nào).',
  })
  @OptionalText()
  how!: string | null;

  @Field(() => DateScalar, { description: 'Day on which it was recorded (ngày ghi nhận).' })
  @Day()
  recordedOn!: string;

  @Version()
  version!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was registered; null when that was not kept (thời điểm ghi nhận).',
  })
  @Entered()
  createdAt!: Date | null;
}

export const entities = [FollowUp];
