// Topic actions: add and revise a topic; and look up topics by id, or replace those of a record.
import { codeKey } from '../../lib/texts';
import { type FindOptionsWhere, In } from 'typeorm';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { lockRows } from '../../database/locks';
import { assertCodeIsFree } from '../../graphql/codes';
import { missing, type Path, Refusals, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { saveCorrection } from '../correction/correction.actions';
import { Topic } from './topic.entity';
import type { AddTopicInput, ReviseTopicInput } from './topic.input';

const CODE = { vi: 'Mã lĩnh vực', en: 'topic code' };

/** Adds a topic. Refuses a code in use. */
export async function addTopic(tx: Tx, input: AddTopicInput): Promise<{ topic: Topic }> {
  await assertCodeIsFree(tx.manager, Topic, input.code, CODE);
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

/** Revises a topic. Refuses an old version, a code in use, and a code or name that is cleared. */
export async function reviseTopic(tx: Tx, input: ReviseTopicInput): Promise<{ topic: Topic }> {
  const { manager } = tx;
  await lockRows(manager, Topic, [input.topicId], 'change');
  const topic =
    (await manager.findOneBy(Topic, { id: input.topicId })) ??
    refuse('NOT_FOUND', ['topicId'], missing('lĩnh vực', 'topic'));
  assertVersion(topic, input.version);
  const { code, name, nameEn, isPriority } = input;
  const revision = revise<Topic>(topic, { code, name, nameEn, isPriority }, ['code', 'name', 'isPriority']);
  if (revision.changes.length === 0) return { topic };
  if (revision.columns.code) await assertCodeIsFree(manager, Topic, revision.columns.code, CODE);
  await saveCorrection(tx, Topic, topic, revision, input.reason, { name: 'topic.revised' });
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

/**
 * Makes these the topics of a record. Refuses, below `topicIds` at its position, each that is not a topic's.
 * @param link the table of its topics, and the property there that holds the record's id.
 * @returns whether they are others than before.
 */
export async function replaceTopics<L extends { topicId: string }>(
  tx: Tx,
  [Link, owner]: [new () => L, keyof L & string],
  id: string,
  topicIds: string[] | null,
): Promise<boolean> {
  const wanted = await requireTopics(tx, topicIds, ['topicIds']);
  const own = { [owner]: id } as FindOptionsWhere<L>;
  const current = await tx.manager.findBy(Link, own);
  if (current.length === wanted.length && current.every(({ topicId }) => wanted.includes(topicId)))
    return false;
  await tx.manager.delete(Link, own);
  const rows = wanted.map((topicId) => ({ ...own, topicId }));
  await tx.manager.insert(Link, rows as never);
  return true;
}
