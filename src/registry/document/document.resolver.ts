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

const givenDocument = { document: [Document, 'The document; null when refused (văn bản).'] } as const;

export const resolvers = [
  documentLists.root('documents', {
    may: 'document.read',
    description: 'Schemes, decisions, plans and the like, by title (văn bản, đề án).',
  }),
  DocumentResolver,
  ProgrammeDocumentsResolver,
  PlanDocumentsResolver,
  mutation(addDocument, {
    may: 'document.add',
    does: 'Registers a document (thêm văn bản).',
    takes: [AddDocumentInput, 'The document (đầu vào).'],
    gives: givenDocument,
    answers: 'The document that was added (kết quả).',
    tells: ['document.added'],
  }),
  mutation(reviseDocument, {
    may: 'document.revise',
    does: 'Revises a document (sửa văn bản).',
    takes: [ReviseDocumentInput, 'What changes (đầu vào).'],
    gives: givenDocument,
    answers: 'The document as revised (kết quả).',
    tells: ['document.revised'],
  }),
  mutation(linkDocument, {
    may: 'document.link',
    does: 'Links a programme or a plan to a document (gắn văn bản).',
    takes: [LinkDocumentInput, 'Which, and to which (đầu vào).'],
    gives: givenDocument,
    answers: 'The document that was linked (kết quả).',
    tells: ['document.linked'],
  }),
  mutation(unlinkDocument, {
    may: 'document.unlink',
    does: 'Removes such a link (gỡ văn bản).',
    takes: [UnlinkDocumentInput, 'Which, and from which (đầu vào).'],
    gives: givenDocument,
    answers: 'The document that was unlinked (kết quả).',
    tells: ['document.unlinked'],
  }),
];
