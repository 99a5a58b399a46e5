// GraphQL fields of the whole registry: `node`, `nodes`, `sources`, `latestCursor` and `about`.
import { Arg, Ctx, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { May } from '../access/gate';
import { projectRoot } from '../config/project-root';
import type { Context } from '../operation/context';
import { readHead } from '../events/log';
import { badInput } from '../graphql/errors';
import { prefixOf } from '../lib/ids';
import { Node } from '../graphql/node';
import { EventCursor } from '../graphql/scalars';
import { Graduate } from './graduate/graduate.entity';
import { Source } from './source/source.entity';
import { subjects } from './source/source.input';
import { sourcesOf } from './source/source.reads';

const MOST_NODES = 100;
const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
};

@ObjectType({ description: 'What this server is (thông tin hệ thống).', simpleResolvers: true })
export class About {
  @Field(() => String, { description: 'Release of Canbo (phiên bản).' })
  version!: string;

  @Field(() => Boolean, {
    description: 'Whether it was filled with the sample city, whose persons are invented (dữ liệu mẫu).',
  })
  sampleData!: boolean;
}

@Resolver()
export class NodeResolver {
  @May('about.read')
  @Query(() => About, { description: 'What this server is (thông tin hệ thống).' })
  about(@Ctx() ctx: Context): About {
    return { version, sampleData: ctx.services.sampleData };
  }

  @May('event.read')
  @Query(() => EventCursor, {
    description:
      'Where the log ends now. Read it in the same request as a list, subscribe `after` it: no hole (vị trí mới nhất).',
  })
  latestCursor(@Ctx() ctx: Context): Promise<string> {
    return ctx.reader.read(readHead);
  }

  @May('node.read')
  @Query(() => Node, {
    nullable: true,
    description: 'Any record by its id; null when there is none, or none that you may see (bản ghi).',
  })
  node(
    @Arg('id', () => ID, { description: 'Its id (mã định danh).' }) id: string,
    @Ctx() ctx: Context,
  ): Promise<Node | null> {
    return findShown(ctx, id);
  }

  @May('node.read')
  @Query(() => [Node], {
    nullable: 'items',
    description:
      'Records by their ids, in the same order, null where there is none; at most 100 (các bản ghi).',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Their ids (mã định danh).' }) ids: string[],
    @Ctx() ctx: Context,
  ): Promise<(Node | null)[]> {
    if (ids.length > MOST_NODES)
      throw badInput({
        vi: `\`ids\` có ${ids.length} mục; chỉ đọc tối đa ${MOST_NODES} mục.`,
        en: `\`ids\` has ${ids.length} entries; at most ${MOST_NODES} are read.`,
      });
    return Promise.all(ids.map((id) => findShown(ctx, id)));
  }

  @May('source.read')
  @Query(() => [Source], {
    description:
      'Where a record comes from, in the order in which sources were named; nothing when it is hidden from you (nguồn của bản ghi).',
  })
  async sources(
    @Arg('subjectId', () => ID, { description: 'The record, and no source itself (bản ghi).' })
    subjectId: string,
    @Ctx() ctx: Context,
  ): Promise<Source[]> {
    if (!subjects().includes(prefixOf(subjectId) ?? '')) {
      throw badInput({
        vi: `"${subjectId.slice(0, 60)}" không phải mã định danh của bản ghi có nguồn.`,
        en: `"${subjectId.slice(0, 60)}" is no id of a record with sources.`,
      });
    }
    const record = await findShown(ctx, subjectId);
    return record ? sourcesOf(ctx, record) : [];
  }
}

/** Any record, if the caller may see it. A revoked graduation is shown only in the payload of its revocation. */
async function findShown(ctx: Context, id: string): Promise<Node | null> {
  const record = await ctx.findNode(id);
  if (record instanceof Source) return (await findShown(ctx, record.subjectId)) && record;
  return record instanceof Graduate && record.revokedAt ? null : record;
}
