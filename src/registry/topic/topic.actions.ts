// Topic action: add a topic; and look up topics by id.
import { codeKey } from '../../lib/texts';
import { In } from 'typeorm';
import type { Tx } from '../../events/write';
import { assertCodeIsFree } from '../../graphql/codes';
import { missing, type Path, Refusals } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { Topic } from './topic.entity';
import type { AddTopicInput } from './topic.input';

/** Adds a topic. Refuses a code in use. */
export async function addTopic(tx: Tx, input: AddTopicInput): Promise<{ topic: Topic }> {
  await assertCodeIsFree(tx.manager, Topic, input.code, { vi: 'Mã lĩnh vực', en: 'topic code' });
  const topic = tx.manager.create(Topic, {
    id: newId(Topic.idPrefix),
    code: input.code,
    codeKey: codeKey(input.code),
    name: input.name,
    nameEn: input.nameEn ?? null,
    isPriority: input.isPriority,
  });
  await tx.manager.insert(Topic, topic);
  tx.record({ name: 'topic.added', subjectId: topic.id });
  return { topic };
}

/** The ids, each once. Refuses, below `path` at its position, each that is not a topic's. */
export async function requireTopics(tx: Tx, ids: string[] | null | undefined, path: Path): Promise<string[]> {
  return allTopics(ids, await topicsAmong(tx, ids ?? []), path);
}

/** Those of these ids that belong to topics. */
export async function topicsAmong(tx: Tx, ids: string[]): Promise<Set<string>> {
  const found = ids.length > 0 ? await tx.manager.findBy(Topic, { id: In([...new Set(ids)]) }) : [];
  return new Set(found.map(({ id }) => id));
}

/** The ids, each once. Refuses, below `path` at its position, each that is not among the known topics. */
export function allTopics(ids: string[] | null | undefined, known: Set<string>, path: Path): string[] {
  const wanted = [...new Set(ids ?? [])];
  const refusals = new Refusals();
  for (const id of wanted.filter((each) => !known.has(each))) {
    refusals.add('NOT_FOUND', [...path, ids!.indexOf(id)], missing('lĩnh vực', 'topic'));
  }
  refusals.throwIfAny();
  return wanted;
}
