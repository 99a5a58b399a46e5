// Reads of sources for several nouns: the sources of any record.
import { rowsBy } from '../../graphql/reader';
import type { Node } from '../../graphql/node';
import type { Context } from '../../operation/context';
import { Source } from './source.entity';

const bySubject = rowsBy(Source, 'subjectId', ['createdAt', 'id']);

/**
 * The sources of a record that the caller was shown, in the order in which they were named; none where the caller may
 * not know which official the record is about.
 */
export async function sourcesOf(ctx: Context, record: Node): Promise<Source[]> {
  const sources = (await ctx.reader.load(bySubject, record.id)) ?? [];
  const officialId = sources.find((source) => source.officialId !== null)?.officialId;
  return !officialId || (await ctx.sees(officialId)) ? sources : [];
}
