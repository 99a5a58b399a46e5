// Document: a scheme, decision, plan or directive that programmes, plans and committees refer to. Tables and type.
import { Field, ObjectType } from 'type-graphql';
import { Check, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { Reference } from '../../access/reference';
import { Version } from '../../events/revision';
import { described } from '../../graphql/enums';
import { EnumColumn, Instant, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { Searched } from '../../database/search';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { TrainingPlan } from '../plan/plan.entity';
import { Programme } from '../programme/programme.entity';

export const DocumentKind = described('DocumentKind', 'What sort of document it is (loại văn bản).', {
  SCHEME: 'An approved programme of action (đề án).',
  DECISION: 'Decision (quyết định).',
  PLAN: 'Plan (kế hoạch).',
  DIRECTIVE: 'Directive (chỉ thị).',
  RESOLUTION: 'Resolution (nghị quyết).',
  OTHER: 'Another document (văn bản khác).',
});
export type DocumentKind = keyof typeof DocumentKind;

@Entity()
@Searched('document')
@ObjectType({
  implements: Node,
  description: 'A scheme, decision, plan or directive (văn bản, đề án).',
  simpleResolvers: true,
})
export class Document extends Node {
  static readonly idPrefix = 'document';

  @Field(() => DocumentKind, { description: 'What sort of document it is (loại văn bản).' })
  @EnumColumn(DocumentKind, 'kind')
  kind!: DocumentKind;

  @Field(() => String, { nullable: true, description: 'Number, if it is known (số, ký hiệu).' })
  @OptionalText()
  number!: string | null;

  @Field(() => String, { description: 'Title (trích yếu).' })
  @Text()
  title!: string;

  @Field(() => String, { nullable: true, description: 'Who issued it, if it is known (cơ quan ban hành).' })
  @OptionalText()
  issuer!: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Day of issue, if it is known (ngày ban hành).' })
  @OptionalDay()
  issuedOn!: string | null;

  @Field(() => String, { nullable: true, description: 'Where to read it on the web (đường dẫn).' })
  @OptionalText()
  link!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;

  @Version()
  version!: number;

  @Text()
  @Index()
  titleKey!: string;

  @OptionalText()
  search!: string | null;
}

/** A link from a programme or a plan to the document it refers to. */
@Entity()
@Check('(programme_id IS NULL) <> (plan_id IS NULL)')
@Index(['programmeId', 'documentId'], { unique: true })
@Index(['planId', 'documentId'], { unique: true })
export class DocumentReference {
  @PrimaryGeneratedColumn()
  no!: number;

  @Reference(() => Document)
  @Index()
  documentId!: string;

  @Reference(() => Programme, { optional: true })
  programmeId!: string | null;

  @Reference(() => TrainingPlan, { optional: true })
  planId!: string | null;
}

export const entities = [Document, DocumentReference];
