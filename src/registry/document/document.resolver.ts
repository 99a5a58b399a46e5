// GraphQL fields of documents, from the document and from what refers to it.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../operation/context';
import { listFields } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
import { type Batch, rowsBy } from '../../graphql/reader';
import { isIn } from '../../lib/sql';
import { TrainingPlan } from '../plan/plan.entity';
import { Programme } from '../programme/programme.entity';
import { addDocument, linkDocument, reviseDocument, unlinkDocument } from './document.actions';
import { Document, DocumentReference } from './document.entity';
import {
  AddDocumentInput,
  DocumentConnection,
  DocumentArgs,
  type DocumentFilter,
  LinkDocumentInput,
  ReviseDocumentInput,
  UnlinkDocumentInput,
} from './document.input';

const documents: Listing<Document, DocumentFilter> = {
  entity: Document,
  alias: 'document',
  searched: true,
  orders: { TITLE: ['titleKey'], CREATED_AT: ['createdAt'] },
  usual: { field: 'TITLE', direction: 'ASC' },
  narrow: ({ kinds }) => [kinds && isIn('document.kind', kinds)],
};
const documentLists = listFields(documents, DocumentConnection, DocumentArgs);

type Side = 'documentId' | 'programmeId' | 'planId';

/** The references of each record on one side, in the order in which they were made. */
const referencesBy = (side: Side) => rowsBy(DocumentReference, side, ['no']);
const [ofDocuments, ofProgrammes, ofPlans] = [
  referencesBy('documentId'),
  referencesBy('programmeId'),
  referencesBy('planId'),
];

async function documentsOf(
  ctx: Context,
  references: Batch<DocumentReference[]>,
  id: string,
): Promise<Document[]> {
  const found = (await ctx.reader.load(references, id)) ?? [];
  return Promise.all(found.map(({ documentId }) => ctx.reader.get(Document, documentId)));
}

@Resolver(() => Document)
export class DocumentResolver {
  @FieldResolver(() => [Programme], { description: 'Programmes that refer to it (chương trình).' })
  async programmes(@Root() document: Document, @Ctx() ctx: Context): Promise<Programme[]> {
    const found = (await ctx.reader.load(ofDocuments, document.id)) ?? [];
    return Promise.all(
      found.flatMap(({ programmeId }) => (programmeId ? [ctx.reader.get(Programme, programmeId)] : [])),
    );
  }

  @FieldResolver(() => [TrainingPlan], { description: 'Training plans that refer to it (kế hoạch).' })
  async plans(@Root() document: Document, @Ctx() ctx: Context): Promise<TrainingPlan[]> {
    const found = (await ctx.reader.load(ofDocuments, document.id)) ?? [];
    return Promise.all(found.flatMap(({ planId }) => (planId ? [ctx.reader.get(TrainingPlan, planId)] : [])));
  }
}

@Resolver(() => Programme)
export class ProgrammeDocumentsResolver {
  @FieldResolver(() => [Document], { description: 'Documents it refers to (văn bản, đề án).' })
  documents(@Root() programme: Programme, @Ctx() ctx: Context): Promise<Document[]> {
    return documentsOf(ctx, ofProgrammes, programme.id);
  }
}

@Resolver(() => TrainingPlan)
export class PlanDocumentsResolver {
  @FieldResolver(() => [Document], { description: 'Documents it refers to (văn bản).' })
  documents(@Root() plan: TrainingPlan, @Ctx() ctx: Context): Promise<Document[]> {
    return documentsOf(ctx, ofPlans, plan.id);
  }
}

const documentField = {
  document: { type: Document, description: 'The document; null when refused (văn bản).' },
} as const;

export const resolvers = [
  documentLists.root('documents', {
    permission: 'document.read',
    description: 'Schemes, decisions, plans and the like, by title (văn bản, đề án).',
  }),
  DocumentResolver,
  ProgrammeDocumentsResolver,
  PlanDocumentsResolver,
  mutation(addDocument, {
    permission: 'document.add',
    description: 'Registers a document (thêm văn bản).',
    input: { type: AddDocumentInput, description: 'The document (đầu vào).' },
    payload: { description: 'The document that was added (kết quả).', fields: documentField },
    events: ['document.added'],
  }),
  mutation(reviseDocument, {
    permission: 'document.revise',
    description: 'Revises a document (sửa văn bản).',
    input: { type: ReviseDocumentInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The document as revised (kết quả).', fields: documentField },
    events: ['document.revised'],
  }),
  mutation(linkDocument, {
    permission: 'document.link',
    description: 'Links a programme or a plan to a document (gắn văn bản).',
    input: { type: LinkDocumentInput, description: 'Which, and to which (đầu vào).' },
    payload: { description: 'The document that was linked (kết quả).', fields: documentField },
    events: ['document.linked'],
  }),
  mutation(unlinkDocument, {
    permission: 'document.unlink',
    description: 'Removes such a link (gỡ văn bản).',
    input: { type: UnlinkDocumentInput, description: 'Which, and from which (đầu vào).' },
    payload: { description: 'The document that was unlinked (kết quả).', fields: documentField },
    events: ['document.unlinked'],
  }),
];
