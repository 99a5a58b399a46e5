// Document actions: add and revise a document, link and unlink a programme or plan.
import { IsNull } from 'typeorm';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { missing, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { textKey } from '../../lib/vietnamese';
import { saveCorrection } from '../correction/correction.actions';
import { requirePlan } from '../plan/plan.actions';
import { requireProgramme } from '../programme/programme.actions';
import { Document, DocumentReference } from './document.entity';
import type {
  AddDocumentInput,
  LinkDocumentInput,
  ReviseDocumentInput,
  UnlinkDocumentInput,
} from './document.input';

/** Registers a document. Refuses a day of issue in the future, and a document whose number is registered already. */
export async function addDocument(tx: Tx, input: AddDocumentInput): Promise<{ document: Document }> {
  assertIssued(tx, input.issuedOn);
  if (input.number) await refuseKnown(tx, input);
  const document = tx.manager.create(Document, {
    id: newId(Document.idPrefix),
    kind: input.kind,
    number: input.number ?? null,
    title: input.title,
    issuer: input.issuer ?? null,
    issuedOn: input.issuedOn ?? null,
    link: input.link ?? null,
    createdAt: tx.now,
    titleKey: textKey(input.title),
    search: searchText(input.title, input.number, input.issuer),
  });
  await tx.manager.insert(Document, document);
  tx.record({ name: 'document.added', subjectId: document.id });
  return { document };
}

/** Revises a document, under the rules of registering it. Refuses an old version, and a kind or title that is cleared. */
export async function reviseDocument(tx: Tx, input: ReviseDocumentInput): Promise<{ document: Document }> {
  await lockRows(tx.manager, Document, [input.documentId], 'change');
  const document = await requireDocument(tx, input.documentId);
  assertVersion(document, input.version);
  const { kind, number, title, issuer, issuedOn, link } = input;
  const { columns, changes } = revise<Document>(document, { kind, number, title, issuer, issuedOn, link }, [
    ...(['kind', 'title'] as const),
  ]);
  if (changes.length === 0) return { document };
  const revised = { ...document, ...columns };
  assertIssued(tx, revised.issuedOn);
  if (revised.number) await refuseKnown(tx, revised);
  const titleKey = textKey(revised.title);
  await saveCorrection(tx, Document, document, { columns: { ...columns, titleKey }, changes }, input.reason, {
    name: 'document.revised',
  });
  return { document };
}

/** Links a programme or a plan to a document. Refuses a link that exists, and both or neither of the two. */
export async function linkDocument(tx: Tx, input: LinkDocumentInput): Promise<{ document: Document }> {
  const { document, reference, field, unitId } = await lookUp(tx, input);
  if (await tx.manager.existsBy(DocumentReference, reference)) {
    refuse('ALREADY_EXISTS', [field], {
      vi: 'Văn bản này đã được gắn.',
      en: 'It goes back to this document already.',
    });
  }
  await tx.manager.insert(DocumentReference, { programmeId: null, planId: null, ...reference });
  const programmeId = reference.programmeId;
  tx.record({
    name: 'document.linked',
    subjectId: document.id,
    programmeId,
    unitId,
    changes: [{ field, from: null, to: input[field]! }],
  });
  return { document };
}

/** Removes such a link. Refuses a link that does not exist, and both or neither of the two. */
export async function unlinkDocument(tx: Tx, input: UnlinkDocumentInput): Promise<{ document: Document }> {
  const { document, reference, field, unitId } = await lookUp(tx, input);
  const { affected } = await tx.manager.delete(DocumentReference, reference);
  if (!affected) {
    refuse('NOT_FOUND', [field], {
      vi: 'Văn bản này không được gắn ở đây.',
      en: 'It does not go back to this document.',
    });
  }
  const programmeId = reference.programmeId;
  tx.record({
    name: 'document.unlinked',
    subjectId: document.id,
    programmeId,
    unitId,
    changes: [{ field, from: input[field]!, to: null }],
  });
  return { document };
}

/** The document with this id. Refuses at `documentId` when there is none. */
export async function requireDocument(tx: Tx, id: string): Promise<Document> {
  return (
    (await tx.manager.findOneBy(Document, { id })) ??
    refuse('NOT_FOUND', ['documentId'], missing('văn bản', 'document'))
  );
}

function assertIssued(tx: Tx, issuedOn: string | null | undefined): void {
  if (!issuedOn || issuedOn <= tx.today) return;
  refuse('INVALID', ['issuedOn'], {
    vi: 'Ngày ban hành không được ở tương lai.',
    en: 'It cannot have been issued in the future.',
  });
}

/**
 * Each issuer starts its numbers anew each year, so issuer and day must match, too; unknown ones match unknown ones.
 */
async function refuseKnown(
  tx: Tx,
  { id, kind, number, issuer, issuedOn }: AddDocumentInput & { id?: string },
): Promise<void> {
  await lockName(tx.manager, `document ${number}`);
  const same = { kind, number: number!, issuer: issuer ?? IsNull(), issuedOn: issuedOn ?? IsNull() };
  const others = await tx.manager.findBy(Document, same);
  if (others.every((each) => each.id === id)) return;
  refuse('ALREADY_EXISTS', ['number'], {
    vi: 'Văn bản có số, cơ quan và ngày ban hành này đã được ghi nhận.',
    en: 'A document of this number, issuer and day is registered already.',
  });
}

async function lookUp(tx: Tx, { documentId, programmeId, planId }: LinkDocumentInput) {
  await lockRows(tx.manager, Document, [documentId], 'change');
  const document = await requireDocument(tx, documentId);
  if ((programmeId == null) === (planId == null)) {
    refuse('INVALID', ['programmeId'], {
      vi: 'Hãy nêu đúng một trong hai: programmeId hoặc planId.',
      en: 'Give exactly one of programmeId and planId.',
    });
  }
  if (programmeId != null) {
    await requireProgramme(tx, programmeId, ['programmeId']);
    const reference = { documentId, programmeId };
    return { document, reference, field: 'programmeId' as const, unitId: null };
  }
  const plan = await requirePlan(tx, planId!, 'planId');
  const reference: { documentId: string; planId: string; programmeId?: undefined } = {
    documentId,
    planId: plan.id,
  };
  return { document, reference, field: 'planId' as const, unitId: plan.unitId };
}
