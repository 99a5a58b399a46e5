// How does a record get a source?
import type { Tx } from '../../events/write';
import { refuse } from '../../lib/errors';
import { newId, prefixOf } from '../../lib/ids';
import { Source } from './source.entity';
import type { NameSourceInput, SourceInput } from './source.input';

/** Names a source of a record. Refuses a record that is not there, and a day of publication to come. */
export async function nameSource(tx: Tx, input: NameSourceInput): Promise<{ source: Source }> {
  const prefix = prefixOf(input.subjectId);
  const { target } = tx.manager.dataSource.entityMetadatas.find(
    (entity) => (entity.target as { idPrefix?: string }).idPrefix === prefix,
  )!;
  if (!(await tx.manager.existsBy(target, { id: input.subjectId }))) {
    refuse('NOT_FOUND', ['subjectId'], {
      vi: 'Không tìm thấy bản ghi này.',
      en: 'There is no such record.',
    });
  }
  const source = await insertSource(tx, input.subjectId, input, []);
  tx.record({ name: 'source.named', subjectId: input.subjectId });
  return { source };
}

/** Writes the source of a record; the event is the caller's. Refuses below `path` a day of publication to come. */
export async function insertSource(
  tx: Tx,
  subjectId: string,
  input: SourceInput,
  path: (string | number)[],
): Promise<Source> {
  if (input.publishedOn && input.publishedOn > tx.today) {
    refuse('INVALID', [...path, 'publishedOn'], {
      vi: 'Ngày công bố không được ở tương lai.',
      en: 'It cannot have been published in the future.',
    });
  }
  const source = tx.manager.create(Source, {
    id: newId(Source.idPrefix),
    subjectId,
    title: input.title,
    publisher: input.publisher ?? null,
    publishedOn: input.publishedOn ?? null,
    link: input.link ?? null,
    createdAt: tx.now,
  });
  await tx.manager.insert(Source, source);
  return source;
}
