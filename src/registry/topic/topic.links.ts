// What is a record about? The topics of many records at once, by the table that links them.
import type { EntityTarget } from 'typeorm';
import { type Batch, grouped } from '../../lib/reader';
import type { Topic } from './topic.entity';

/** The topics of each owner, by code; `owner` is the property of the link that holds the owner's id. */
export function topicsThrough<L extends { topic: Topic } & Record<O, string>, O extends keyof L & string>(
  Link: EntityTarget<L>,
  owner: O,
): Batch<Topic[]> {
  return async (manager, ids) => {
    const links = await manager
      .createQueryBuilder(Link, 'link')
      .innerJoinAndSelect('link.topic', 'topic')
      .where(`link.${owner} IN (:...ids)`, { ids })
      .orderBy('topic.code')
      .getMany();
    const topics = new Map<string, Topic[]>();
    for (const [id, own] of grouped(links, (link) => link[owner]))
      topics.set(
        id,
        own.map(({ topic }) => topic),
      );
    return topics;
  };
}
