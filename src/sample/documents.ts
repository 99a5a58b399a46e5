// Documents and committee members of the sample: the article's schemes and its steering committee (facts 15 and 17).
import { searchText } from '../database/search';
import { idFromName } from '../lib/ids';
import { textKey } from '../lib/vietnamese';
import type { CommitteeMember } from '../registry/committee/committee.entity';
import { type Document, DocumentKind, type DocumentReference } from '../registry/document/document.entity';
import type { RowOf } from './bulk-insert';
import { idOfPosition } from './catalogue';
import { LAST_DAY } from './bodies';
import { REORGANISED_ON, type SampleUnits } from './units';

const REGISTERED_AT = new Date('2024-04-01T02:00:00Z');
export const COMMITTEE = 'BCD-DTBD';
const idOfDocument = (title: string): string => idFromName('document', title);

/** Titles in the words of our summary of the article; numbers and days are not in it. */
const FOUNDING = 'Thành lập Ban Chỉ đạo về tạo nguồn, đào tạo, bồi dưỡng';
const DOCUMENTS: { kind: DocumentKind; title: string; issuer: string | null; programme?: string }[] = [
  // Fact 15.
  { kind: DocumentKind.DECISION, title: FOUNDING, issuer: 'Ban Thường vụ Thành ủy Thành phố Hồ Chí Minh' },
  // Fact 17: the two schemes, each with its programme.
  {
    kind: DocumentKind.SCHEME,
    title: 'Đề án bồi dưỡng lãnh đạo và quản trị tiên tiến',
    issuer: null,
    programme: 'LD-QTTT',
  },
  {
    kind: DocumentKind.SCHEME,
    title: 'Đề án bồi dưỡng ngoại ngữ',
    issuer: null,
    programme: 'NN-ANH',
  },
];

/** Fact 15 names the committee, not its members: these positions and their days are invented. */
const SEATS = [
  ['TU-BTC', 'TB'],
  ['SNV', 'GD'],
  ['STC', 'GD'],
  ['TU-VP', 'CVP'],
] as const;
const TERMS = [
  { validFrom: '2021-01-01', validTo: LAST_DAY, documentId: idOfDocument(FOUNDING) },
  { validFrom: REORGANISED_ON, validTo: null, documentId: null },
];

export interface SampleDocuments {
  rows: RowOf<Document>[];
  references: RowOf<DocumentReference>[];
  members: RowOf<CommitteeMember>[];
}

export function makeDocuments(units: SampleUnits): SampleDocuments {
  return {
    rows: DOCUMENTS.map(({ kind, title, issuer }) => ({
      id: idOfDocument(title),
      kind,
      number: null,
      title,
      issuer,
      issuedOn: null,
      link: null,
      createdAt: REGISTERED_AT,
      version: 1,
      titleKey: textKey(title),
      search: searchText(title, issuer),
    })),
    references: DOCUMENTS.flatMap(({ title, programme }) =>
      programme
        ? [
            {
              documentId: idOfDocument(title),
              programmeId: idFromName('programme', programme),
              planId: null,
            },
          ]
        : [],
    ),
    members: TERMS.flatMap((term) =>
      SEATS.map(([unit, position]) => ({
        id: idFromName('member', `${unit} ${position}@${term.validFrom}`),
        committeeId: units.at(COMMITTEE, term.validFrom).id,
        unitId: units.at(unit, term.validFrom).id,
        positionId: idOfPosition(position),
        role: 'MEMBER', // what each of them is, the article does not say
        version: 1,
        ...term,
      })),
    ),
  };
}
