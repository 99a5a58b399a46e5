// Stated figure: a published number, to compare with the same number counted from rows. Table and GraphQL type.
import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity, Index } from 'typeorm';
import { Reference } from '../../access/reference';
import type { Changed } from '../../access/scope';
import { described } from '../../graphql/enums';
import { Day, EnumColumn, Instant, OptionalText } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { Programme } from '../programme/programme.entity';
import { ContentGroup, ProgrammeBasis, ProgrammeKind, StudyLocation } from '../programme/programme.enums';
import { Unit } from '../unit/unit.entity';

/** What a figure counts, with the meanings of the statistics. */
export const FigureMetric = described(
  'FigureMetric',
  'What a published figure counts, as TrainingStatistics does (chỉ tiêu).',
  {
    COHORTS: 'Cohorts that are not cancelled (lớp).',
    PARTICIPATIONS: 'Participations, not persons (lượt).',
    OFFICIALS: 'Distinct persons (người).',
    GRADUATES: 'Graduations (lượt hoàn thành, tốt nghiệp).',
  },
);
export type FigureMetric = keyof typeof FigureMetric;

export const FigureQualifier = described(
  'FigureQualifier',
  'How the number was said. That "near" ends at a tenth of the number is a convention of this registry (cách nói).',
  {
    EXACT: 'The number itself (đúng).',
    NEARLY: 'Less, by a tenth at most (gần).',
    OVER: 'More, by a tenth at most (hơn).',
    ABOUT: 'A tenth less or more at most (khoảng).',
  },
);
export type FigureQualifier = keyof typeof FigureQualifier;

@Entity()
@Index(['periodTo', 'id'])
@ObjectType({
  implements: Node,
  description: 'A published figure, beside the same figure counted from the registry (số liệu đã công bố).',
  simpleResolvers: true,
})
export class StatedFigure extends Node {
  static readonly idPrefix = 'figure';
  static readonly changed: Changed = {
    by: 'figure.withdraw',
    rows: (scope, own) => scope.units(`${own}.unit_id`),
  };

  @Field(() => FigureMetric, { description: 'What it counts (chỉ tiêu).' })
  @EnumColumn(FigureMetric, 'metric')
  metric!: FigureMetric;

  @Field(() => Int, { description: 'The number as published (con số).' })
  @Column({ type: 'integer' })
  value!: number;

  @Field(() => FigureQualifier, { description: 'How it was said: exactly, nearly … (cách nói).' })
  @EnumColumn(FigureQualifier, 'qualifier')
  qualifier!: FigureQualifier;

  @Field(() => String, {
    nullable: true,
    description: 'The words of the source, e.g. "gần 490 lớp" (nguyên văn).',
  })
  @OptionalText()
  wording!: string | null;

  @Field(() => DateScalar, { description: 'Cohorts counted start on this day at the earliest (từ ngày).' })
  @Day()
  periodFrom!: string;

  @Field(() => DateScalar, { description: 'Cohorts counted start on this day at the latest (đến ngày).' })
  @Day()
  periodTo!: string;

  @Reference(() => Unit, { as: 'unit', description: 'The unit it is about, with all below it (đơn vị).' })
  @Index()
  unitId!: string;

  @Reference(() => Programme, {
    as: 'programme',
    description: 'Only cohorts on this programme; null for all (chương trình).',
    optional: true,
  })
  programmeId!: string | null;

  @Field(() => StudyLocation, {
    nullable: true,
    description: 'Only cohorts held there; null for all (địa điểm học).',
  })
  @EnumColumn(StudyLocation, 'location', { nullable: true })
  location!: StudyLocation | null;

  @Field(() => ContentGroup, {
    nullable: true,
    description: 'Only cohorts on programmes of this content group; null for all (nhóm nội dung).',
  })
  @OptionalText()
  contentGroup!: ContentGroup | null;

  @Field(() => ProgrammeKind, {
    nullable: true,
    description: 'Only cohorts on programmes of this kind; null for all (loại hình).',
  })
  @OptionalText()
  programmeKind!: ProgrammeKind | null;

  @Field(() => ProgrammeBasis, {
    nullable: true,
    description: 'Only cohorts on programmes with this basis; null for all (căn cứ xây dựng).',
  })
  @OptionalText()
  basis!: ProgrammeBasis | null;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was withdrawn; it is in no list since (thời điểm rút).',
  })
  @Instant({ nullable: true })
  withdrawnAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was withdrawn (lý do rút).' })
  @OptionalText()
  withdrawalReason!: string | null;
}

export const entities = [StatedFigure];
