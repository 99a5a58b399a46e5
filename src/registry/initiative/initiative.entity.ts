// Initiative: what learners or graduates of a cohort propose to a unit, and its decision. Tables and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { ForeignKey, Entity, Index } from 'typeorm';
import { OfPerson, PSEUDONYM } from '../../access/person';
import { Reference } from '../../access/reference';
import type { Changed } from '../../access/scope';
import { described } from '../../graphql/enums';
import { Day, Entered, EnumColumn, Key, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { isIn, sql } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment } from '../cohort/enrolment.entity';
import { Graduate } from '../graduate/graduate.entity';
import { Unit } from '../unit/unit.entity';

export const InitiativeStatus = described(
  'InitiativeStatus',
  'State of an initiative: PROPOSED, UNDER_STUDY, then APPLIED or REJECTED (trạng thái sáng kiến).',
  {
    PROPOSED: 'Proposed to the unit (đã đề xuất).',
    UNDER_STUDY: 'The unit studies it (đang nghiên cứu).',
    APPLIED: 'It is applied (đã áp dụng).',
    REJECTED: 'It is not applied (không áp dụng).',
  },
);
export type InitiativeStatus = keyof typeof InitiativeStatus;

const partsOf = (ids: readonly string[]) => sql`SELECT id FROM enrolment WHERE ${isIn('official_id', ids)}`;
/** The condition of the initiatives that some officials wrote, alone or with others. */
const writtenBy = (ids: readonly string[]) =>
  sql`id IN (SELECT initiative_id FROM initiative_author WHERE enrolment_id IN (${partsOf(ids)}))`;
const AUTHOR_LEFT = sql`EXISTS (SELECT 1 FROM initiative_author author JOIN enrolment part ON part.id = author.enrolment_id
  JOIN official who ON who.id = part.official_id
  WHERE author.initiative_id = initiative.id AND who.erased_at IS NULL)`;

/** Contains no personal data: its authors are in a table of their own. */
@Entity()
@OfPerson<Initiative>({
  person: 'official',
  owner: writtenBy,
  // A cohort proposes no title twice, and an erased one has none any more.
  erase: { title: PSEUDONYM, localProblem: PSEUDONYM, titleKey: ({ id }) => id },
  // Its words come from their thesis, or nobody else is left who wrote them. Where it was proposed and what the unit made
  // of it is the unit's record, and stays.
  erased: (id) => sql`graduate_id IN (SELECT id FROM graduate WHERE official_id = ${id})
    OR (${writtenBy([id])} AND NOT ${AUTHOR_LEFT})`,
  // From whose thesis one comes is for those to know who see that graduate.
  export: { as: 'initiatives', without: ['titleKey'], own: ['graduateId'] },
  audit: ['own events'],
})
@Index(['cohortId', 'titleKey'], { unique: true })
@Index(['proposedOn', 'id'])
@ObjectType({
  implements: Node,
  description: 'What learners or graduates propose about a local problem of a unit (sáng kiến, hiến kế).',
  simpleResolvers: true,
})
export class Initiative extends Node {
  static readonly idPrefix = 'initiative';
  static readonly changed: Changed = {
    by: 'initiative.study',
    rows: (scope, own) => scope.units(`${own}.unit_id`),
  };

  @Field(() => String, {
    description: 'Title; a pseudonym once the identity of who wrote it was erased (tên sáng kiến).',
  })
  @Text()
  title!: string;

  @Field(() => String, { description: 'The local problem it is about (vấn đề thực tiễn địa phương).' })
  @Text()
  localProblem!: string;

  @Reference(() => Cohort, { as: 'cohort', description: 'The cohort of its authors (lớp).' })
  cohortId!: string;

  @Reference(() => Unit, { as: 'unit', description: 'The unit whose problem it is about (đơn vị).' })
  @Index()
  unitId!: string;

  /** The graduation whose thesis it comes from. */
  @Reference(() => Graduate, { optional: true })
  graduateId!: string | null;

  @Field(() => InitiativeStatus, { description: 'State (trạng thái).' })
  @EnumColumn(InitiativeStatus, 'status')
  status!: InitiativeStatus;

  @Field(() => DateScalar, { description: 'Day on which it was proposed (ngày đề xuất).' })
  @Day()
  proposedOn!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was registered; null when that was not kept (thời điểm ghi nhận).',
  })
  @Entered()
  createdAt!: Date | null;

  @Reference(() => Unit, {
    as: 'appliedUnit',
    description: 'Where it is applied (đơn vị áp dụng).',
    optional: true,
  })
  appliedUnitId!: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Day on which it was applied (ngày áp dụng).' })
  @OptionalDay()
  appliedOn!: string | null;

  @Field(() => String, { nullable: true, description: 'The result of applying it (kết quả áp dụng).' })
  @OptionalText()
  result!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was rejected (lý do không áp dụng).' })
  @OptionalText()
  reason!: string | null;

  /** The key by which titles are compared and sorted: letters, tones and numbers. */
  @Text()
  titleKey!: string;
}

/** An enrolment whose learner is an author. */
@Entity()
@OfPerson<InitiativeAuthor>({
  person: 'official',
  owner: (ids) => sql`enrolment_id IN (${partsOf(ids)})`,
  erase: 'keep',
  export: { within: 'initiatives' },
  audit: [],
})
@Index(['enrolmentId', 'initiativeId'])
export class InitiativeAuthor {
  @Key()
  @ForeignKey(() => Initiative)
  initiativeId!: string;

  @Key()
  @ForeignKey(() => Enrolment)
  enrolmentId!: string;
}

export const entities = [Initiative, InitiativeAuthor];
