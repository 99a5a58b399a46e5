// Stated figures of the sample: those of facts 2, 13 and 14, with the article as their source.
import { idFromName } from '../lib/ids';
import type { Source } from '../registry/source/source.entity';
import {
  FigureMetric,
  FigureQualifier,
  type StatedFigure,
} from '../registry/stated-figure/stated-figure.entity';
import { ContentGroup, ProgrammeKind, StudyLocation } from '../registry/programme/programme.enums';
import type { RowOf } from './bulk-insert';
import { CITY_CODE, type SampleUnits } from './units';

/** The article, of about March 2024: the day is not known, so none is given. */
const ARTICLE = {
  title: 'Tập trung nâng chất cán bộ tại chỗ',
  publisher: 'Sài Gòn Giải Phóng',
  publishedOn: null,
  link: null,
};
const YEARS = { periodFrom: '2021-01-01', periodTo: '2023-12-31' };
const REGISTERED_AT = new Date('2024-04-01T02:00:00Z');

interface Stated {
  unit: string;
  metric: FigureMetric;
  qualifier: FigureQualifier;
  value: number;
  wording: string;
  programme?: string;
  location?: StudyLocation;
  contentGroup?: ContentGroup;
  programmeKind?: ProgrammeKind;
}

/** Fact 13: "lớp đào tạo, bồi dưỡng về chuyên môn nghiệp vụ và theo yêu cầu vị trí việc làm"; fact 14 stands beside it. */
const PROFESSIONAL = {
  contentGroup: ContentGroup.PROFESSIONAL_SKILLS,
  programmeKind: ProgrammeKind.REFRESHER,
  location: StudyLocation.DOMESTIC,
};

const FIGURES: Stated[] = [
  {
    // Fact 2: of the class of niên khóa 2021-2023, which is the only one of the programme at Quận 7.
    unit: '778',
    metric: FigureMetric.GRADUATES,
    qualifier: FigureQualifier.NEARLY,
    value: 40,
    wording: 'gần 40 cán bộ, công chức tốt nghiệp',
    programme: 'THS-QLC',
  },
  {
    // Fact 13.
    unit: CITY_CODE,
    metric: FigureMetric.COHORTS,
    qualifier: FigureQualifier.NEARLY,
    value: 490,
    wording: 'gần 490 lớp',
    ...PROFESSIONAL,
  },
  {
    // Fact 13.
    unit: CITY_CODE,
    metric: FigureMetric.PARTICIPATIONS,
    qualifier: FigureQualifier.EXACT,
    value: 39_539,
    wording: '39.539 lượt cán bộ, công chức, viên chức',
    ...PROFESSIONAL,
  },
  {
    // Fact 14: the article counts learners (học viên); each is one participation.
    unit: CITY_CODE,
    metric: FigureMetric.PARTICIPATIONS,
    qualifier: FigureQualifier.EXACT,
    value: 180,
    wording: '180 học viên',
    location: StudyLocation.COMBINED,
  },
];

export const sourceOf = (subjectId: string): RowOf<Source> => ({
  id: idFromName('source', subjectId),
  subjectId,
  officialId: null,
  ...ARTICLE,
  createdAt: REGISTERED_AT,
});

export function statedFigures(units: SampleUnits): RowOf<StatedFigure>[] {
  return FIGURES.map(({ unit, programme, location, contentGroup, programmeKind, ...figure }) => ({
    id: idFromName('figure', `${unit} ${figure.wording}`),
    ...figure,
    ...YEARS,
    unitId: units.at(unit, YEARS.periodTo).id,
    programmeId: programme ? idFromName('programme', programme) : null,
    location: location ?? null,
    contentGroup: contentGroup ?? null,
    programmeKind: programmeKind ?? null,
    basis: null,
    createdAt: REGISTERED_AT,
    withdrawnAt: null,
    withdrawalReason: null,
  }));
}
