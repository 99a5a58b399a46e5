// Reads of topics for several nouns: the topics of many records at once, through their link table.
import { type Batch, grouped } from '../../graphql/reader';
import { Topic } from './topic.entity';

/** The topics of each owner, by code; `owner` is the property of the link that holds the owner's id. */
export function topicsThrough<L extends { topicId: string } & Record<O, string>, O extends keyof L & string>(
  Link: new () => L,
  owner: O,
): Batch<Topic[]> {
  return async (manager, ids) => {
    const rows = await manager
      .createQueryBuilder(Topic, 'topic')
      .innerJoin(Link, 'link', `link.topicId = topic.id AND link.${owner} IN (:...ids)`, { ids })
      .addSelect(`link.${owner}`, 'owner')
      .orderBy('topic.code')
      .getRawAndEntities<{ owner: string; topic_id: string }>();
    const topics = new Map(rows.entities.map((topic) => [topic.id, topic]));
    const byOwner = grouped(rows.raw, (link) => link.owner);
    return new Map([...byOwner].map(([id, links]) => [id, links.map((link) => topics.get(link.topic_id)!)]));
  };
}
