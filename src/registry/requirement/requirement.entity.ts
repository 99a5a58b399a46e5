// Training requirement: who must learn what, how often, from when and by which source. Exemptions. Tables and types.
import { Field, Int, ObjectType } from 'type-graphql';
import { Check, Column, Entity, Index } from 'typeorm';
import { OfPerson, PSEUDONYM } from '../../access/person';
import { Personal } from '../../access/personal';
import { Reference } from '../../access/reference';
import type { Changed, Shown } from '../../access/scope';
import { described } from '../../graphql/enums';
import { Day, EnumColumn, Instant, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar } from '../../graphql/scalars';
import { Official, OfficialCategory } from '../official/official.entity';
import { Programme } from '../programme/programme.entity';
import { ContentGroup } from '../programme/programme.enums';
import { Topic } from '../topic/topic.entity';
import { Unit, UnitKind } from '../unit/unit.entity';

export const Recurrence = described('Recurrence', 'How often a requirement has to be met (chu kỳ).', {
  ONCE: 'Once; what was learned before it was required counts, too (một lần).',
  YEARLY: 'In each calendar year (hằng năm).',
  EVERY_N_MONTHS: {
    text: 'Within the last everyMonths months, on any day (định kỳ theo tháng).',
    en: 'Every so many months',
  },
});
export type Recurrence = keyof typeof Recurrence;

@Entity()
@Check(
  '(CASE WHEN programme_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN topic_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN content_group IS NULL THEN 0 ELSE 1 END) + (CASE WHEN periods IS NULL THEN 0 ELSE 1 END) = 1',
)
@Check("(recurrence = 'EVERY_N_MONTHS') = (every_months IS NOT NULL)")
@Index(['nameKey'])
@ObjectType({
  implements: Node,
  description: 'A duty of officials to learn something (yêu cầu đào tạo, bồi dưỡng).',
  simpleResolvers: true,
})
export class TrainingRequirement extends Node {
  static readonly idPrefix = 'requirement';
  static readonly changed: Changed = {
    by: 'requirement.revise',
    rows: (scope, own) => scope.units(`${own}.unit_id`),
  };

  @Field(() => String, { description: 'Name (tên yêu cầu).' })
  @Text()
  name!: string;

  /** Selectors are combined with AND; null selects all officials. */
  @Column({ type: 'simple-json', nullable: true })
  positionIds!: string[] | null;

  @Field(() => [OfficialCategory], {
    nullable: true,
    description: 'Officials of these present categories; null for all (đối tượng).',
  })
  @Column({ type: 'simple-json', nullable: true })
  categories!: OfficialCategory[] | null;

  @Field(() => [UnitKind], {
    nullable: true,
    description: 'Who serves at units of these kinds; null for all (loại đơn vị).',
  })
  @Column({ type: 'simple-json', nullable: true })
  unitKinds!: UnitKind[] | null;

  @Reference(() => Unit, {
    as: 'unit',
    description:
      'Who serves at this unit or below it; from the day after its last, at the units that it and those below it became, or below them; null for the whole registry (đơn vị).',
    optional: true,
  })
  unitId!: string | null;

  @Reference(() => Programme, {
    as: 'programme',
    description: 'To graduate from this programme (chương trình).',
    optional: true,
  })
  programmeId!: string | null;

  @Reference(() => Topic, {
    as: 'topic',
    description: 'To graduate from a programme about this topic (lĩnh vực).',
    optional: true,
  })
  topicId!: string | null;

  @Field(() => ContentGroup, {
    nullable: true,
    description: 'To graduate from a programme of this content group (nhóm nội dung).',
  })
  @EnumColumn(ContentGroup, 'content_group', { nullable: true })
  contentGroup!: ContentGroup | null;

  @Field(() => Int, {
    nullable: true,
    description: 'To attend so many teaching periods; 40 are one week (số tiết).',
  })
  @Column({ type: 'integer', nullable: true })
  periods!: number | null;

  @Field(() => Recurrence, { description: 'How often (chu kỳ).' })
  @EnumColumn(Recurrence, 'recurrence')
  recurrence!: Recurrence;

  @Field(() => Int, { nullable: true, description: 'The months of EVERY_N_MONTHS (số tháng).' })
  @Column({ type: 'integer', nullable: true })
  everyMonths!: number | null;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  @Day()
  validFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null while it lasts (đến ngày).' })
  @OptionalDay()
  validTo!: string | null;

  @Text()
  sourceTitle!: string;

  @OptionalDay()
  sourceDate!: string | null;

  @OptionalText()
  sourceUrl!: string | null;

  @Field(() => Int, { description: 'Optimistic lock: hand it back to revise (phiên bản).' })
  @Column({ type: 'integer' })
  version!: number;

  @Text()
  nameKey!: string;
}

@ObjectType({ description: 'What a requirement rests on (căn cứ).', simpleResolvers: true })
export class RequirementSource {
  @Field(() => String, { description: 'Title of the document (tên văn bản).' })
  title!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Its date, if it is known (ngày văn bản).' })
  date!: string | null;

  @Field(() => String, { nullable: true, description: 'Where it can be read (đường dẫn).' })
  url!: string | null;
}

@Entity()
@OfPerson<RequirementExemption>({
  person: 'official',
  owner: 'officialId',
  erase: { reason: PSEUDONYM, revocationReason: null, decisionNumber: null },
  export: { as: 'exemptions' },
  audit: ['own events'],
})
@Index(['requirementId', 'officialId'])
@Index(['officialId'])
@ObjectType({
  implements: Node,
  description: 'An exemption of an official from a requirement for a time (miễn, hoãn).',
  simpleResolvers: true,
})
export class RequirementExemption extends Node {
  static readonly idPrefix = 'exemption';
  static readonly shown: Shown = {
    by: 'official.read',
    rows: (scope, own) => scope.persons(`${own}.official_id`),
  };
  static readonly changed: Changed = {
    by: 'official.exempt',
    rows: (scope, own) => scope.staff(`${own}.official_id`),
  };

  @Reference(() => TrainingRequirement, { as: 'requirement', description: 'The requirement (yêu cầu).' })
  requirementId!: string;

  @Reference(() => Official, {
    as: 'official',
    description: 'Who is exempt; null if hidden from you (cán bộ).',
    hidden: true,
  })
  officialId!: string;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  @Day()
  validFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null without end (đến ngày).' })
  @OptionalDay()
  validTo!: string | null;

  @Personal('officialId')
  @Field(() => String, { description: 'Why (lý do).' })
  @Text()
  reason!: string;

  @Instant()
  exemptedAt!: Date;

  @Personal('officialId')
  @Field(() => String, { nullable: true, description: 'Number of the decision on it (số quyết định).' })
  @OptionalText()
  decisionNumber!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'First day on which it is no longer in force because it was revoked; null while it is not revoked (thu hồi từ ngày).',
  })
  @OptionalDay()
  revokedFrom!: string | null;

  @Personal('officialId')
  @Field(() => String, { nullable: true, description: 'Why it was revoked (lý do thu hồi).' })
  @OptionalText()
  revocationReason!: string | null;
}

export const entities = [TrainingRequirement, RequirementExemption];
