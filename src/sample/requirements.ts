// Training requirements of the sample: the one that the article mentions, and the one of civil servants.
import { idFromName } from '../lib/ids';
import { textKey } from '../lib/vietnamese';
import { OfficialCategory } from '../registry/official/official.entity';
import { Recurrence, type TrainingRequirement } from '../registry/requirement/requirement.entity';
import { UnitKind } from '../registry/unit/unit.entity';
import type { RowOf } from './bulk-insert';
import { idOfPosition, idOfTopic } from './catalogue';
import type { SampleUnits } from './units';

const EVERYBODY = {
  positionIds: null,
  categories: null,
  unitKinds: null,
  unitId: null,
  programmeId: null,
  topicId: null,
  contentGroup: null,
  periods: null,
  everyMonths: null,
  validTo: null,
  sourceDate: null,
  sourceUrl: null,
  version: 1,
};

export function makeRequirements(units: SampleUnits): RowOf<TrainingRequirement>[] {
  const named = (name: string) => ({
    ...EVERYBODY,
    id: idFromName('requirement', name),
    name,
    nameKey: textKey(name),
    recurrence: Recurrence.YEARLY,
  });
  return [
    {
      // Fact 11: the secretaries and chairs of the 34 wards of Thủ Đức, every year again. The first day is ours.
      ...named('Bồi dưỡng kỹ năng quản lý dự án cho Bí thư, Chủ tịch UBND 34 phường'),
      positionIds: [idOfPosition('BT'), idOfPosition('CT')],
      unitKinds: [UnitKind.WARD],
      unitId: units.at('769', '2023-12-31').id,
      topicId: idOfTopic('QLDA'),
      validFrom: '2023-01-01',
      sourceTitle: 'Tập trung nâng chất cán bộ tại chỗ (Báo Sài Gòn Giải Phóng)',
    },
    {
      ...named('Công chức học tập, bồi dưỡng ít nhất 40 tiết mỗi năm'),
      categories: [OfficialCategory.CIVIL_SERVANT],
      periods: 40,
      validFrom: '2025-07-01',
      sourceTitle: 'Hướng dẫn của Thành phố thực hiện Nghị định 171/2025/NĐ-CP',
    },
  ];
}
