// Universities, positions, topics and programmes of the sample, read from the lists in data/.
import { codeKey } from '../lib/texts';
import { idFromName } from '../lib/ids';
import { searchText } from '../database/search';
import { textKey } from '../lib/vietnamese';
import type { OfficialCategory } from '../registry/official/official.entity';
import type { Position } from '../registry/position/position.entity';
import type { Programme, ProgrammePartner, ProgrammeTopic } from '../registry/programme/programme.entity';
import type {
  ContentGroup,
  DegreeLevel,
  PartnerRole,
  ProgrammeBasis,
  ProgrammeKind,
  StudyLocation,
} from '../registry/programme/programme.enums';
import type { Topic } from '../registry/topic/topic.entity';
import type { FormerName, InstitutionKind, University } from '../registry/university/university.entity';
import type { RowOf } from './bulk-insert';
import { readData, words } from './read-data';
import type { SampleUnits } from './units';

/** The article is of March 2024; the partners that it names were open on this day. */
const ARTICLE_DAY = '2023-12-31';

export const idOfUniversity = (code: string): string => idFromName('university', code);
export const idOfTopic = (code: string): string => idFromName('topic', code);
export const idOfPosition = (code: string): string => idFromName('position', code);

export function readUniversities(): { universities: RowOf<University>[]; formerNames: RowOf<FormerName>[] } {
  type Column = 'code' | 'name_vi' | 'name_en' | 'abbreviation' | 'website' | 'kind';
  const formerNames = readData<'code' | 'name_vi' | 'until'>('university-names.csv').map((row) => ({
    universityId: idOfUniversity(row.code),
    until: row.until,
    name: row.name_vi,
    nameEn: null,
    abbreviation: null,
  }));
  const universities = readData<Column>('universities.csv').map((row) => {
    // The national university has no code of its own, only its members have; so it goes by its abbreviation.
    const code = row.code || row.abbreviation;
    const id = idOfUniversity(code);
    const before = formerNames.filter(({ universityId }) => universityId === id).map(({ name }) => name);
    return {
      id,
      code,
      codeKey: codeKey(code),
      search: searchText(row.name_vi, row.name_en, row.abbreviation, code, ...before),
      kind: row.kind as InstitutionKind,
      name: row.name_vi,
      nameEn: row.name_en || null,
      abbreviation: row.abbreviation || null,
      website: row.website || null,
      version: 1,
      nameKey: textKey(row.name_vi),
    };
  });
  return { universities, formerNames };
}

export function readTopics(): RowOf<Topic>[] {
  return readData<'code' | 'name' | 'name_en' | 'is_priority'>('topics.csv').map((row) => ({
    id: idOfTopic(row.code),
    code: row.code,
    codeKey: codeKey(row.code),
    name: row.name,
    nameEn: row.name_en || null,
    isPriority: row.is_priority === 'true',
    version: 1,
  }));
}

/** A position, and what holding it means; the list goes from the highest down. */
export interface SamplePosition extends RowOf<Position> {
  category: OfficialCategory;
  isManagerial: boolean;
  rank: number;
}

export function readPositions(): Map<string, SamplePosition> {
  type Column = 'code' | 'title' | 'title_en' | 'is_key' | 'category' | 'is_managerial';
  return new Map(
    readData<Column>('positions.csv').map((row, rank) => [
      row.code,
      {
        id: idOfPosition(row.code),
        code: row.code,
        codeKey: codeKey(row.code),
        title: row.title,
        titleEn: row.title_en,
        isKey: row.is_key === 'true',
        version: 1,
        category: row.category as OfficialCategory,
        isManagerial: row.is_managerial === 'true',
        rank,
      },
    ]),
  );
}

/** A programme, and how its ordinary cohorts of 2021-2023 are made up. */
export interface SampleProgramme {
  row: RowOf<Programme>;
  topics: RowOf<ProgrammeTopic>[];
  partners: RowOf<ProgrammePartner>[];
  /** Which officials take part; one of the keys of AUDIENCES in audiences.ts. */
  audience: string;
  /** Code of the unit that hosts its cohorts, or DISTRICTS. */
  host: string;
  cohorts: number;
  /** About how many learners a cohort has. */
  size: number;
}

type ProgrammeColumn =
  | 'code'
  | 'name'
  | 'name_en'
  | 'kind'
  | 'degree_level'
  | 'content_group'
  | 'basis'
  | 'location'
  | 'periods'
  | 'topics'
  | 'university'
  | 'partners'
  | 'audience'
  | 'host'
  | 'cohorts'
  | 'size'
  | 'objectives';

export function readProgrammes(units: SampleUnits, universities: RowOf<University>[]): SampleProgramme[] {
  const codes = new Set(universities.map(({ code }) => code));
  return readData<ProgrammeColumn>('programmes.csv').map((row) => {
    const id = idFromName('programme', row.code);
    return {
      row: {
        id,
        code: row.code,
        codeKey: codeKey(row.code),
        name: row.name,
        nameEn: row.name_en || null,
        kind: row.kind as ProgrammeKind,
        degreeLevel: (row.degree_level || null) as DegreeLevel | null,
        contentGroup: row.content_group as ContentGroup,
        basis: row.basis as ProgrammeBasis,
        location: row.location as StudyLocation,
        periods: row.periods ? Number(row.periods) : null,
        objectives: row.objectives.split('|').filter(Boolean),
        universityId: row.university ? idOfUniversity(row.university) : null,
        version: 1,
        search: searchText(row.name, row.name_en, row.code),
        nameKey: textKey(row.name),
      },
      topics: words(row.topics).map((topic) => ({ programmeId: id, topicId: idOfTopic(topic) })),
      partners: words(row.partners).map((partner) => {
        const [role, code] = partner.split(':') as [PartnerRole, string];
        const whose = codes.has(code)
          ? { unitId: null, universityId: idOfUniversity(code) }
          : { unitId: units.at(code, ARTICLE_DAY).id, universityId: null };
        return { programmeId: id, role, ...whose };
      }),
      audience: row.audience,
      host: row.host,
      cohorts: Number(row.cohorts),
      size: Number(row.size),
    };
  });
}
