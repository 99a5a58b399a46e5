// Source action: name a source of a record.
import { In, IsNull } from 'typeorm';
import { personIn } from '../../access/person';
import { type Changed, isWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import { missing, type Path, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { entityOf, type Node } from '../../graphql/node';
import { Source } from './source.entity';
import type { NameSourceInput, SourceInput } from './source.input';

/**
 * Names a source of a record. Refuses a record that is missing or that the caller may not change, a record of an erased
 * official, a day of publication in the future, and a source that the record has already.
 */
export async function nameSource(tx: Tx, input: NameSourceInput): Promise<{ source: Source }> {
  const subject = await requireSubject(tx, input.subjectId);
  await lockName(tx.manager, `sources of ${subject.id}`);
  if (await isNamed(tx, [subject.id], input)) {
    refuse('ALREADY_EXISTS', ['title'], {
      vi: 'Nguồn này đã được ghi cho bản ghi ấy.',
      en: 'This source is named of that record already.',
    });
  }
  const source = await insertSource(tx, subject, input, []);
  tx.record({
    name: 'source.named',
    subjectId: source.id,
    changes: [{ field: 'subjectId', from: null, to: source.subjectId }],
  });
  return { source };
}

/** A record that can have a source, and the official whom it is about. */
interface Subject {
  id: string;
  officialId: string | null;
}

/** Whether one of these records has this source already. */
export function isNamed(
  tx: Tx,
  subjectIds: string[],
  { title, publisher, publishedOn, link }: SourceInput,
): Promise<boolean> {
  return tx.manager.existsBy(Source, {
    subjectId: In(subjectIds),
    title,
    publisher: publisher ?? IsNull(),
    publishedOn: publishedOn ?? IsNull(),
    link: link ?? IsNull(),
  });
}

/** Inserts the source of a record and records no event. Refuses, below `path`, a day of publication in the future. */
export async function insertSource(
  tx: Tx,
  subject: Subject,
  input: SourceInput,
  path: Path,
): Promise<Source> {
  if (input.publishedOn && input.publishedOn > tx.today) {
    refuse('INVALID', [...path, 'publishedOn'], {
      vi: 'Ngày công bố không được ở tương lai.',
      en: 'It cannot have been published in the future.',
    });
  }
  const source = tx.manager.create(Source, {
    id: newId(Source.idPrefix),
    subjectId: subject.id,
    officialId: subject.officialId,
    title: input.title,
    publisher: input.publisher ?? null,
    publishedOn: input.publishedOn ?? null,
    link: input.link ?? null,
    createdAt: tx.now,
  });
  await tx.manager.insert(Source, source);
  return source;
}

async function requireSubject(tx: Tx, id: string): Promise<Subject> {
  const { manager } = tx;
  const target = entityOf(tx.manager.dataSource, id)!;
  const { changed } = target as { changed?: Changed };
  // An entity without `changed` is changed by administrators only, so only they name its sources.
  const within = changed ? changed.rows(tx.scope(changed.by), 'own') : tx.scope('source.name').all();
  const record = (await isWithin(manager, target, id, within))
    ? await manager.findOneBy<Node>(target, { id })
    : null;
  if (!record) {
    refuse('NOT_FOUND', ['subjectId'], missing('bản ghi', 'record'));
  }
  const officialId = personIn(target, record);
  if (officialId) await assertNotErased(tx, officialId);
  return { id, officialId };
}

/** The title of an article could identify a person whose identity was erased. */
async function assertNotErased(tx: Tx, id: string): Promise<void> {
  const target = entityOf(tx.manager.dataSource, id)!;
  await lockRows<Node>(tx.manager, target, [id], 'rely');
  const { erasedAt } = await tx.manager.findOneByOrFail<Node & { erasedAt: Date | null }>(target, { id });
  if (erasedAt === null) return;
  refuse('NOT_ELIGIBLE', ['subjectId'], {
    vi: 'Hồ sơ của người này đã được ẩn danh, không ghi nguồn được nữa.',
    en: 'The identity of this official was erased; nothing that could tell who it was is recorded.',
  });
}
