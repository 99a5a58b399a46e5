// Partnerships of the sample: the article's agreements; days that it does not mention are null.
import { idFromName } from '../lib/ids';
import { textKey } from '../lib/vietnamese';
import type { Partnership, PartnershipTopic } from '../registry/partnership/partnership.entity';
import type { RowOf } from './bulk-insert';
import { idOfTopic, idOfUniversity } from './catalogue';
import type { SampleUnits } from './units';

const UEH = 'KSA';

const AGREEMENTS: { unit: string; title: string; areas: string[]; topics: string[] }[] = [
  {
    // Fact 6: the five areas, in the words of our summary of the article, not of the agreement itself.
    unit: '769',
    title: 'Hợp tác giữa Thành phố Thủ Đức và Đại học Kinh tế TP. Hồ Chí Minh',
    areas: [
      'Đào tạo sau đại học trong lĩnh vực công và đô thị thông minh',
      'Bồi dưỡng ngắn hạn về hoạch định chính sách, lãnh đạo và quản lý phục vụ hội nhập quốc tế',
      'Đổi mới sáng tạo, thiết kế, quy hoạch, phát triển đô thị thông minh và chuyển đổi số',
      'Phát triển doanh nghiệp và khởi nghiệp',
      'Các chương trình khác theo nhu cầu của Thành phố Thủ Đức',
    ],
    topics: ['DTTM', 'HNQT', 'LDQL', 'QH', 'DMST', 'CSC'],
  },
  {
    // Facts 2 to 4.
    unit: '778',
    title: 'Hợp tác giữa Quận 7 và Đại học Kinh tế TP. Hồ Chí Minh',
    areas: ['Thạc sĩ Điều hành cao cấp Quản lý công cho cán bộ, công chức của quận'],
    topics: ['LDQL', 'QLDT'],
  },
  {
    // Fact 5.
    unit: '770',
    title: 'Hợp tác giữa Quận 3 và Đại học Kinh tế TP. Hồ Chí Minh',
    areas: ['Thạc sĩ Điều hành cao cấp Quản lý công cho cán bộ, công chức của quận'],
    topics: ['LDQL'],
  },
  {
    // Fact 5: that they cooperate is all it says.
    unit: '785',
    title: 'Hợp tác giữa huyện Bình Chánh và Đại học Kinh tế TP. Hồ Chí Minh',
    areas: [],
    topics: [],
  },
  {
    // Fact 1.
    unit: 'TU-BTC',
    title: 'Hợp tác giữa Ban Tổ chức Thành ủy và Đại học Kinh tế TP. Hồ Chí Minh',
    areas: ['Thạc sĩ Chính sách công hệ Điều hành cao cấp cho cán bộ, công chức của Thành phố'],
    topics: ['CSC', 'LDQL'],
  },
];

export interface SamplePartnerships {
  rows: RowOf<Partnership>[];
  topics: RowOf<PartnershipTopic>[];
}

export function makePartnerships(units: SampleUnits): SamplePartnerships {
  const made = AGREEMENTS.map(({ unit, title, areas, topics }) => {
    const id = idFromName('partnership', `${unit}/${UEH}`);
    const row: RowOf<Partnership> = {
      id,
      unitId: units.at(unit, '2023-12-31').id,
      universityId: idOfUniversity(UEH),
      title,
      signedOn: null,
      validFrom: null,
      validTo: null,
      createdAt: null,
      version: 1,
      areas,
      titleKey: textKey(title),
    };
    return { row, topics: topics.map((topic) => ({ partnershipId: id, topicId: idOfTopic(topic) })) };
  });
  return { rows: made.map(({ row }) => row), topics: made.flatMap(({ topics }) => topics) };
}
