// Reads of graduates for several nouns: one that still counts, by its id.
import type { Context } from '../../operation/context';
import { Graduate } from './graduate.entity';

/** The graduation with this id, if it was not revoked and the caller may see it. */
export async function findGraduate(ctx: Context, id: string | null): Promise<Graduate | null> {
  const graduate = await ctx.findShown(Graduate, id);
  return graduate?.revokedAt ? null : graduate;
}
