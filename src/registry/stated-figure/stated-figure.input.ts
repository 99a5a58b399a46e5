// GraphQL inputs and filters of stated figures.
import { Field, ID, InputType } from 'type-graphql';
import { IncludeSubunits } from '../../graphql/filters';
import { MutationInput } from '../../events/mutation';
import { connectionOf, listArgs } from '../../graphql/page';
import { DateScalar, WholeScalar } from '../../graphql/scalars';
import { NotBefore, IdOf, OptionalIdsOf, Whole, Words, ValidateNested } from '../../graphql/validation';
import { ContentGroup, ProgrammeBasis, ProgrammeKind, StudyLocation } from '../programme/programme.enums';
import { SourceInput } from '../source/source.input';
import { FigureMetric, FigureQualifier, StatedFigure } from './stated-figure.entity';

const LARGEST_FIGURE = 100_000_000;

export const StatedFigureConnection = connectionOf(() => StatedFigure, 'StatedFigure', 'số liệu đã công bố');

@InputType({ description: 'Which stated figures (bộ lọc số liệu).' })
export class StatedFigureFilter {
  @Field(() => [FigureMetric], { nullable: true, description: 'That count these (chỉ tiêu).' })
  metrics?: FigureMetric[] | null;

  @Field(() => [ID], { nullable: true, description: 'About these units (đơn vị).' })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;
}

export const StatedFigureArgs = listArgs('figures', StatedFigureFilter);

@InputType({ description: 'Registers a published figure (ghi nhận số liệu công bố).' })
export class StateFigureInput extends MutationInput {
  @Field(() => FigureMetric, { description: 'What it counts (chỉ tiêu).' })
  metric!: FigureMetric;

  @Field(() => WholeScalar, { description: 'The number as published (con số).' })
  @Whole(0, LARGEST_FIGURE)
  value!: number;

  @Field(() => FigureQualifier, {
    defaultValue: FigureQualifier.EXACT,
    description: 'How it was said (cách nói).',
  })
  qualifier!: FigureQualifier;

  @Field(() => String, {
    nullable: true,
    description: 'The words of the source, e.g. "gần 490 lớp" (nguyên văn).',
  })
  @Words(300, { optional: true })
  wording?: string | null;

  @Field(() => DateScalar, { description: 'First day on which a cohort it counts may start (từ ngày).' })
  periodFrom!: string;

  @Field(() => DateScalar, { description: 'Last day on which a cohort it counts may start (đến ngày).' })
  @NotBefore('periodFrom')
  periodTo!: string;

  @Field(() => ID, {
    description: 'The unit it is about, with all below it; one that existed in the period (đơn vị).',
  })
  @IdOf('unit')
  unitId!: string;

  @Field(() => ID, { nullable: true, description: 'Only cohorts on this programme (chương trình).' })
  @IdOf('programme', { optional: true })
  programmeId?: string | null;

  @Field(() => StudyLocation, { nullable: true, description: 'Only cohorts held there (địa điểm học).' })
  location?: StudyLocation | null;

  @Field(() => ContentGroup, {
    nullable: true,
    description: 'Only cohorts on programmes of this content group (nhóm nội dung).',
  })
  contentGroup?: ContentGroup | null;

  @Field(() => ProgrammeKind, {
    nullable: true,
    description: 'Only cohorts on programmes of this kind (loại hình).',
  })
  programmeKind?: ProgrammeKind | null;

  @Field(() => ProgrammeBasis, {
    nullable: true,
    description: 'Only cohorts on programmes with this basis (căn cứ xây dựng).',
  })
  basis?: ProgrammeBasis | null;

  @Field(() => SourceInput, { description: 'Who published it (nguồn).' })
  @ValidateNested()
  source!: SourceInput;
}

@InputType({ description: 'Withdraws a figure that was registered wrongly (rút số liệu).' })
export class WithdrawFigureInput extends MutationInput {
  @Field(() => ID, { description: 'The stated figure (số liệu).' })
  @IdOf('figure')
  figureId!: string;

  @Field(() => String, { nullable: true, description: 'Why (lý do).' })
  @Words(1_000, { optional: true })
  reason?: string | null;
}
