// GraphQL inputs and filters of documents.
import { Field, ID, InputType } from 'type-graphql';
import { orderOf, SearchText } from '../../graphql/filters';
import { MutationInput } from '../../events/mutation';
import { VersionRead, Why } from '../../events/revision';
import { connectionOf, listArgs } from '../../graphql/page';
import { DateScalar } from '../../graphql/scalars';
import { IdOf, WebAddress, Words } from '../../graphql/validation';
import { Document, DocumentKind } from './document.entity';

export const DocumentConnection = connectionOf(() => Document, 'Document', 'văn bản');

@InputType({ description: 'Which documents (bộ lọc văn bản).' })
export class DocumentFilter {
  @SearchText('the title, number or issuer')
  text?: string | null;

  @Field(() => [DocumentKind], { nullable: true, description: 'Of these kinds (loại văn bản).' })
  kinds?: DocumentKind[] | null;
}

export const DocumentOrder = orderOf('Document', 'văn bản', {
  TITLE: 'Vietnamese alphabet, numbers by value (trích yếu).',
  CREATED_AT: 'When it was registered (thời điểm ghi nhận).',
});

export const DocumentArgs = listArgs('documents', DocumentFilter, { by: DocumentOrder });

@InputType({ description: 'Registers a document (thêm văn bản).' })
export class AddDocumentInput extends MutationInput {
  @Field(() => DocumentKind, { description: 'What sort of document it is (loại văn bản).' })
  kind!: DocumentKind;

  @Field(() => String, { nullable: true, description: 'Number, if it is known (số, ký hiệu).' })
  @Words(100, { optional: true })
  number?: string | null;

  @Field(() => String, { description: 'Title (trích yếu).' })
  @Words(500)
  title!: string;

  @Field(() => String, { nullable: true, description: 'Who issued it, if it is known (cơ quan ban hành).' })
  @Words(300, { optional: true })
  issuer?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of issue, today at the latest (ngày ban hành).',
  })
  issuedOn?: string | null;

  @Field(() => String, { nullable: true, description: 'Web address, http or https (đường dẫn).' })
  @WebAddress({ optional: true })
  @Words(2_000, { optional: true })
  link?: string | null;
}

@InputType({ description: 'Revises a document; what is left out stays (sửa văn bản).' })
export class ReviseDocumentInput extends MutationInput {
  @Field(() => ID, { description: 'The document (văn bản).' })
  @IdOf('document')
  documentId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => DocumentKind, {
    nullable: true,
    description: 'What sort of document it is; null is refused (loại văn bản).',
  })
  kind?: DocumentKind | null;

  @Field(() => String, {
    nullable: true,
    description: 'Number, if it is known; null clears it (số, ký hiệu).',
  })
  @Words(100, { optional: true })
  number?: string | null;

  @Field(() => String, { nullable: true, description: 'Title; null is refused (trích yếu).' })
  @Words(500, { optional: true })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Who issued it, if it is known; null clears it (cơ quan ban hành).',
  })
  @Words(300, { optional: true })
  issuer?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of issue, today at the latest; null clears it (ngày ban hành).',
  })
  issuedOn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Web address, http or https; null clears it (đường dẫn).',
  })
  @WebAddress({ optional: true })
  @Words(2_000, { optional: true })
  link?: string | null;

  @Why({ optional: true })
  reason?: string | null;
}

@InputType({ description: 'A document, and what refers to it (văn bản và nơi áp dụng).' })
abstract class ReferenceInput extends MutationInput {
  @Field(() => ID, { description: 'The document (văn bản).' })
  @IdOf('document')
  documentId!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The programme; this or planId, one of the two (chương trình).',
  })
  @IdOf('programme', { optional: true })
  programmeId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The training plan; this or programmeId, one of the two (kế hoạch).',
  })
  @IdOf('plan', { optional: true })
  planId?: string | null;
}

@InputType({ description: 'Links a programme or a plan to a document (gắn văn bản).' })
export class LinkDocumentInput extends ReferenceInput {}

@InputType({ description: 'Removes such a link (gỡ văn bản).' })
export class UnlinkDocumentInput extends ReferenceInput {}
