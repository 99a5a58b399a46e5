// GraphQL types of training statistics: filter, dimensions, figures and groups.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { described } from '../graphql/enums';
import { DateRange, IncludeSubunits } from '../graphql/filters';
import { DateScalar, EventCursor } from '../graphql/scalars';
import { OptionalIdsOf, ValidateNested } from '../graphql/validation';
import { CohortStatus } from '../registry/cohort/cohort.entity';
import { OfficialCategory } from '../registry/official/official.entity';
import {
  ContentGroup,
  ProgrammeBasis,
  ProgrammeKind,
  StudyLocation,
} from '../registry/programme/programme.enums';

export const TrainingStatisticsDimension = described(
  'TrainingStatisticsDimension',
  'What figures are broken down by (tiêu chí phân tổ).',
  {
    UNIT: 'The unit that sent the learner, after the attribution (đơn vị cử đi học).',
    UNIVERSITY: 'The university that delivers the cohort (cơ sở đào tạo).',
    TOPIC: "The programme's topics; one with two topics counts under both (lĩnh vực).",
    YEAR: 'The year in which the cohort starts (năm).',
    PROGRAMME_KIND: 'Degree, refresher or exchange (loại chương trình).',
    CONTENT_GROUP: 'The content group of the programme (nhóm nội dung).',
    CATEGORY: 'The category of the learner then (đối tượng).',
    LOCATION: 'Where the cohort is held (địa điểm học).',
    STATUS: 'The state of the cohort (trạng thái lớp).',
  },
);
export type TrainingStatisticsDimension = keyof typeof TrainingStatisticsDimension;

export const UnitAttribution = described(
  'UnitAttribution',
  'To which unit a learner counts after a reorganisation (cách tính theo đơn vị).',
  {
    AT_TIME: 'To the unit that sent the learner then (đơn vị tại thời điểm đó).',
    CURRENT_SUCCESSOR:
      "To the unit that exists today; a split unit's figures stay with the split unit's own row (đơn vị kế thừa hiện nay).",
  },
);
export type UnitAttribution = keyof typeof UnitAttribution;

@InputType({ description: 'Which training to count (bộ lọc thống kê).' })
export class TrainingStatisticsFilter {
  @Field(() => [ID], {
    nullable: true,
    description: 'Learners these units sent, and cohorts these units host or take part in (đơn vị).',
  })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;

  @Field(() => [ID], { nullable: true, description: 'Cohorts these universities deliver (cơ sở đào tạo).' })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Cohorts on these programmes (chương trình).' })
  @OptionalIdsOf('programme')
  programmeIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Cohorts on programmes about these topics (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Field(() => [ProgrammeKind], {
    nullable: true,
    description: 'Programmes of these kinds (loại chương trình).',
  })
  kinds?: ProgrammeKind[] | null;

  @Field(() => [ContentGroup], {
    nullable: true,
    description: 'Programmes of these content groups (nhóm nội dung).',
  })
  contentGroups?: ContentGroup[] | null;

  @Field(() => [ProgrammeBasis], {
    nullable: true,
    description: 'Programmes with one of these bases (căn cứ xây dựng).',
  })
  bases?: ProgrammeBasis[] | null;

  @Field(() => [OfficialCategory], {
    nullable: true,
    description: 'Learners of these categories then (đối tượng).',
  })
  categories?: OfficialCategory[] | null;

  @Field(() => [StudyLocation], { nullable: true, description: 'Cohorts held there (địa điểm học).' })
  locations?: StudyLocation[] | null;

  @Field(() => [CohortStatus], {
    nullable: true,
    description:
      'Cohorts in these states; IN_PROGRESS and COMPLETED are those that were really held (trạng thái lớp).',
  })
  statuses?: CohortStatus[] | null;

  @Field(() => DateRange, { nullable: true, description: "The cohort's start (khai giảng trong khoảng)." })
  @ValidateNested()
  startsOn?: DateRange | null;

  @Field(() => UnitAttribution, {
    nullable: true,
    defaultValue: UnitAttribution.AT_TIME,
    description: 'To which unit a learner counts after a reorganisation (cách tính theo đơn vị).',
  })
  attribution?: UnitAttribution | null;

  /** The day whose successors CURRENT_SUCCESSOR means, for the server's own questions; today where it is left out. */
  attributedOn?: string;
}

@ObjectType({ description: 'Figures of training (số liệu).', simpleResolvers: true })
export abstract class Figures {
  @Field(() => Boolean, {
    description:
      'Whether any count below is null: suppressed because it, or what could be computed from it, is about fewer than 5 persons (được ẩn).',
  })
  suppressed!: boolean;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The figures are those of the end of this day: for readers without rights to persons, figures by unit or category are those of the day before, so that no change of today can be matched with a person. Changes that would still reveal single learners by their cohort are counted later, together with others. Null where the figures are live (số liệu tính đến hết ngày).',
  })
  asOf!: string | null;

  @Field(() => Int, {
    description:
      'Cohorts (lớp) that are not cancelled: those that the units of the filter host, and those in which learners of theirs take part. Where officials is suppressed it is another figure, cohortsHosted, because cohorts of learners would reveal them: do not compare it then.',
  })
  cohorts!: number;

  @Field(() => Int, {
    description:
      'Cohorts that are not cancelled and that the units of the filter or group host, whatever learners take part: the same for every caller. A category hosts none, so all of the filter count for each (lớp do đơn vị tổ chức).',
  })
  cohortsHosted!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'Participations (lượt): enrolments in ACCEPTED, STUDYING, COMPLETED or NOT_COMPLETED. NOT persons. Null where officials is.',
  })
  participations!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Distinct persons among those participations (người). Null where it is suppressed.',
  })
  officials!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Graduations among those participations (hoàn thành, tốt nghiệp). Null where it, or officials, is suppressed.',
  })
  graduates!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Participations in cohorts held ABROAD or COMBINED (lượt có học ở nước ngoài). Null where it, or officials, is suppressed.',
  })
  abroad!: number | null;
}

@ObjectType({ description: 'Figures of one group (số liệu một nhóm).', simpleResolvers: true })
export class TrainingStatisticsGroup extends Figures {
  @Field(() => String, { description: 'An id, a year or an enum value; NONE where there is nothing (khóa).' })
  key!: string;

  @Field(() => String, { description: 'What to show people, in Vietnamese or English (nhãn).' })
  label!: string;

  unitId?: string | null;
  universityId?: string | null;
  topicId?: string | null;
}

@ObjectType({
  description:
    'Counts (thống kê). Participations (lượt) and persons (người) are different things and never mixed. For readers without rights to persons, a count about fewer than 5 persons is null (suppressed), and so are as many others as are needed so that it cannot be computed, whatever other queries are sent. By unit or category alone, over all cohorts: small groups and some beside them. Units and categories crossed with each other, with YEAR or with whole years in startsOn: all, as long as any unit, category and cohort together is small. Units or categories narrowed by other days, programmes, topics, content groups, bases, universities, kinds, locations or states, or crossed with such groups: all, those of nobody, too. Cohorts alone: figures that have some, but not all, of the cohorts among which a small one is hidden.',
  simpleResolvers: true,
})
export class TrainingStatistics extends Figures {
  @Field(() => [TrainingStatisticsGroup], {
    description:
      'By group; empty unless groupBy was given. Where every group is suppressed, each that there might be is listed (theo nhóm).',
  })
  groups!: TrainingStatisticsGroup[];

  @Field(() => EventCursor, {
    description:
      'The log position these figures are true at: follow events after it. Those with asOf are moved by no event until the day ends (vị trí).',
  })
  cursor!: string;
}
