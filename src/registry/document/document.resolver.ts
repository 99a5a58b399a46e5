// What can be asked of documents, from either side?
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import type { ListArgs, Listing, Page } from '../../lib/page';
import { type Batch, grouped } from '../../lib/reader';
import { isIn } from '../../lib/sql';
import { TrainingPlan } from '../plan/plan.entity';
import { Programme } from '../programme/programme.entity';
import { addDocument, linkDocument, unlinkDocument } from './document.actions';
import { Document, DocumentReference } from './document.entity';
import {
  AddDocumentInput,
  AddDocumentPayload,
  DocumentConnection,
  DocumentArgs,
  type DocumentFilter,
  LinkDocumentInput,
  LinkDocumentPayload,
  UnlinkDocumentInput,
  UnlinkDocumentPayload,
} from './document.input';

const documents: Listing<Document, DocumentFilter> = {
  entity: Document,
  alias: 'document',
  orders: { TITLE: ['titleKey'] },
  usual: { field: 'TITLE', direction: 'ASC' },
  narrow: ({ kinds }) => [kinds && isIn('document.kind', kinds)],
};

type Side = 'documentId' | 'programmeId' | 'planId';

/** The references of each record on one side, in the order in which they were made. */
const referencesBy =
  (side: Side): Batch<DocumentReference[]> =>
  async (manager, ids) => {
    const rows = await manager
      .createQueryBuilder(DocumentReference, 'reference')
      .where(`reference.${side} IN (:...ids)`, { ids })
      .orderBy('reference.no')
      .getMany();
    return grouped(rows, (row) => row[side]!);
  };
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
  @May('document.read')
  @Query(() => DocumentConnection, {
    description: 'Schemes, decisions, plans and the like, by title (văn bản, đề án).',
  })
  documents(
    @Args(() => DocumentArgs.root) args: ListArgs<DocumentFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<Document>> {
    return ctx.list(documents, args);
  }

  @May('document.add')
  @Mutation(() => AddDocumentPayload, { description: 'Registers a document (thêm văn bản).' })
  addDocument(
    @Arg('input', () => AddDocumentInput, { description: 'The document (đầu vào).' }) input: AddDocumentInput,
    @Ctx() ctx: Context,
  ): Promise<AddDocumentPayload> {
    return write(ctx, AddDocumentPayload, input, addDocument);
  }

  @May('document.link')
  @Mutation(() => LinkDocumentPayload, {
    description: 'Says that a programme or a plan goes back to a document (gắn văn bản).',
  })
  linkDocument(
    @Arg('input', () => LinkDocumentInput, { description: 'Which, and to which (đầu vào).' })
    input: LinkDocumentInput,
    @Ctx() ctx: Context,
  ): Promise<LinkDocumentPayload> {
    return write(ctx, LinkDocumentPayload, input, linkDocument);
  }

  @May('document.unlink')
  @Mutation(() => UnlinkDocumentPayload, { description: 'Takes that back (gỡ văn bản).' })
  unlinkDocument(
    @Arg('input', () => UnlinkDocumentInput, { description: 'Which, and from which (đầu vào).' })
    input: UnlinkDocumentInput,
    @Ctx() ctx: Context,
  ): Promise<UnlinkDocumentPayload> {
    return write(ctx, UnlinkDocumentPayload, input, unlinkDocument);
  }

  @FieldResolver(() => [Programme], { description: 'Programmes that go back to it (chương trình).' })
  async programmes(@Root() document: Document, @Ctx() ctx: Context): Promise<Programme[]> {
    const found = (await ctx.reader.load(ofDocuments, document.id)) ?? [];
    return Promise.all(
      found.flatMap(({ programmeId }) => (programmeId ? [ctx.reader.get(Programme, programmeId)] : [])),
    );
  }

  @FieldResolver(() => [TrainingPlan], { description: 'Training plans that go back to it (kế hoạch).' })
  async plans(@Root() document: Document, @Ctx() ctx: Context): Promise<TrainingPlan[]> {
    const found = (await ctx.reader.load(ofDocuments, document.id)) ?? [];
    return Promise.all(found.flatMap(({ planId }) => (planId ? [ctx.reader.get(TrainingPlan, planId)] : [])));
  }
}

@Resolver(() => Programme)
export class ProgrammeDocumentsResolver {
  @FieldResolver(() => [Document], { description: 'Documents it goes back to (văn bản, đề án).' })
  documents(@Root() programme: Programme, @Ctx() ctx: Context): Promise<Document[]> {
    return documentsOf(ctx, ofProgrammes, programme.id);
  }
}

@Resolver(() => TrainingPlan)
export class PlanDocumentsResolver {
  @FieldResolver(() => [Document], { description: 'Documents it goes back to (văn bản).' })
  documents(@Root() plan: TrainingPlan, @Ctx() ctx: Context): Promise<Document[]> {
    return documentsOf(ctx, ofPlans, plan.id);
  }
}
