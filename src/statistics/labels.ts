// Labels, in Vietnamese and English, of the enum values that statistics are grouped by.
import { labelOf } from '../graphql/enums';
import type { Text } from '../lib/locale';
import type { TrainingStatisticsDimension } from './statistics.types';

/** The enum whose values are the groups of a dimension. */
const ENUMS: Partial<Record<TrainingStatisticsDimension, string>> = {
  PROGRAMME_KIND: 'ProgrammeKind',
  CONTENT_GROUP: 'ContentGroup',
  CATEGORY: 'OfficialCategory',
  LOCATION: 'StudyLocation',
  STATUS: 'CohortStatus',
};

/** What the group of those without a value is called. */
export const NOT_STATED: Text = { vi: 'Không nêu', en: 'Not stated' };

/** What a group is called: an enum value by its label, anything else, such as a year, as it is. */
export function groupLabel(dimension: TrainingStatisticsDimension, key: string): Text {
  const of = ENUMS[dimension];
  return of ? labelOf(of, key) : { vi: key, en: key };
}
