// Graduate: the degree or certificate of one enrolment, with the thesis. Tables and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { ForeignKey, Entity, Index } from 'typeorm';
import { OfPerson, PSEUDONYM } from '../../access/person';
import { Personal } from '../../access/personal';
import { Reference } from '../../access/reference';
import type { Changed, Shown } from '../../access/scope';
import { described } from '../../graphql/enums';
import { Day, EnumColumn, Instant, Key, OptionalDay, OptionalText } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { isIn, raw, sql } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment } from '../cohort/enrolment.entity';
import { Official } from '../official/official.entity';
import { Topic } from '../topic/topic.entity';
import { Unit } from '../unit/unit.entity';

export const Classification = described(
  'Classification',
  'Grade of the degree or certificate (xếp loại tốt nghiệp).',
  {
    EXCELLENT: 'Excellent (xuất sắc).',
    VERY_GOOD: 'Very good (giỏi).',
    GOOD: 'Good (khá).',
    AVERAGE: 'Average (trung bình).',
    PASS: { text: 'Passed without a grade (đạt).', en: 'Passed' },
  },
);
export type Classification = keyof typeof Classification;

export const ThesisKind = described('ThesisKind', 'Kind of final work (loại công trình tốt nghiệp).', {
  THESIS: "Thesis of a research-oriented master's (luận văn).",
  PROJECT: {
    text: "Graduation project of an application-oriented master's (đề án tốt nghiệp).",
    en: 'Graduation project',
  },
});
export type ThesisKind = keyof typeof ThesisKind;

/** The columns that decide who may see a graduation. @param graduate alias of the graduate table. */
export const participationsOfGraduates = (graduate: string) => ({
  unit: `${graduate}.unit_id`,
  cohort: `${graduate}.cohort_id`,
  official: `${graduate}.official_id`,
});

/** Cohort, official and unit are copied from the enrolment, where they never change. */
@Entity()
@OfPerson<Graduate>({
  person: 'official',
  owner: 'officialId',
  erase: {
    credentialNumber: null,
    credentialKey: null,
    decisionNumber: null,
    revocationReason: null,
    thesisTitle: ({ thesisKind }) => thesisKind && PSEUDONYM,
    thesisLocalProblem: null,
  },
  export: { as: 'graduations', without: ['credentialKey'] },
  audit: ['own events'],
})
@Index(['enrolmentId'], { unique: true, where: 'revoked_at IS NULL' })
@Index(['graduatedOn', 'id'])
@Index(['cohortId', 'graduatedOn'])
@Index(['officialId', 'graduatedOn'])
@ObjectType({
  implements: Node,
  description: "One official's graduation from one cohort, with the degree or certificate (tốt nghiệp).",
  simpleResolvers: true,
})
export class Graduate extends Node {
  static readonly idPrefix = 'graduate';
  /** A caller who may see the enrolment may see the graduation. */
  static readonly shown: Shown = {
    by: 'graduate.read',
    rows: (scope, own) => scope.participations(participationsOfGraduates(own)),
  };
  static readonly changed: Changed = {
    by: 'graduate.correct',
    rows: (scope, own) => {
      const taught = sql`SELECT taught.id FROM cohort taught WHERE ${scope.cohorts('taught')}`;
      return sql`${raw(own)}.revoked_at IS NULL AND ${raw(own)}.cohort_id IN (${taught})`;
    },
  };

  /** Never hidden: a caller who may see the graduation may see the enrolment. */
  @Reference(() => Enrolment, { as: 'enrolment', description: 'The enrolment it crowns (lượt tham gia).' })
  enrolmentId!: string;

  @Reference(() => Cohort, { as: 'cohort', description: 'The cohort (lớp).' })
  cohortId!: string;

  @Reference(() => Official, {
    as: 'official',
    description: 'Who graduated; null if hidden from you (cán bộ).',
    hidden: true,
  })
  officialId!: string;

  @Reference(() => Unit, { as: 'unit', description: 'The unit that sent the learner (đơn vị cử đi học).' })
  @Index()
  unitId!: string;

  @Field(() => DateScalar, { description: 'Day of graduation (ngày tốt nghiệp).' })
  @Day()
  graduatedOn!: string;

  @Personal('officialId')
  @Field(() => String, {
    nullable: true,
    description: 'Number of the degree or certificate (số hiệu văn bằng, chứng chỉ).',
  })
  @OptionalText()
  credentialNumber!: string | null;

  /** The number as numbers are compared, whatever case and blanks. */
  @OptionalText()
  @Index()
  credentialKey!: string | null;

  @Personal('officialId')
  @Field(() => Classification, { nullable: true, description: 'Grade (xếp loại).' })
  @EnumColumn(Classification, 'classification', { nullable: true })
  classification!: Classification | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Number of the decision that recognises the result, if it is known (số quyết định công nhận kết quả).',
  })
  @OptionalText()
  decisionNumber!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of that decision, if it is known (ngày quyết định công nhận kết quả).',
  })
  @OptionalDay()
  decidedOn!: string | null;

  @EnumColumn(ThesisKind, 'thesis_kind', { nullable: true })
  thesisKind!: ThesisKind | null;

  @OptionalText()
  thesisTitle!: string | null;

  @OptionalText()
  thesisLocalProblem!: string | null;

  @Reference(() => Unit, { optional: true })
  thesisUnitId!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;

  /** A revoked graduation stays in the table, but no query shows or counts it. */
  @Instant({ nullable: true })
  revokedAt!: Date | null;

  @OptionalText()
  revocationReason!: string | null;
}

@Entity()
@OfPerson<ThesisTopic>({
  person: 'official',
  owner: (ids) => sql`graduate_id IN (SELECT id FROM graduate WHERE ${isIn('official_id', ids)})`,
  erase: 'keep',
  export: {
    within: 'graduations',
    list: { as: 'thesisTopics', of: 'graduateId', name: ['topicId', 'name'] },
  },
  audit: [],
})
export class ThesisTopic {
  @Key()
  @ForeignKey(() => Graduate)
  graduateId!: string;

  @Key()
  @ForeignKey(() => Topic)
  topicId!: string;
}

export const entities = [Graduate, ThesisTopic];
