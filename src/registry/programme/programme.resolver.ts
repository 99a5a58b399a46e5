// GraphQL fields of programmes: lists, topics, partners and mutations.
import { codeKeys } from '../../lib/texts';
import { listFields, recordField, rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
import { rowsBy } from '../../graphql/reader';
import { isIn, sql } from '../../lib/sql';
import { Topic } from '../topic/topic.entity';
import { topicsThrough } from '../topic/topic.reads';
import { University } from '../university/university.entity';
import { addProgramme, reviseProgramme } from './programme.actions';
import { Programme, ProgrammePartner, ProgrammeTopic } from './programme.entity';
import {
  AddProgrammeInput,
  ProgrammeConnection,
  ProgrammeArgs,
  type ProgrammeFilter,
  ReviseProgrammeInput,
} from './programme.input';

const programmes: Listing<Programme, ProgrammeFilter> = {
  entity: Programme,
  alias: 'programme',
  searched: true,
  orders: { NAME: ['nameKey'], CODE: ['code'] },
  usual: { field: 'NAME', direction: 'ASC' },
  narrow: ({ codes, kinds, universityIds, topicIds }) => [
    codes && isIn('programme.codeKey', codeKeys(codes)),
    kinds && isIn('programme.kind', kinds),
    universityIds && isIn('programme.universityId', universityIds),
    topicIds &&
      sql`programme.id IN (SELECT programme_id FROM programme_topic WHERE ${isIn('topic_id', topicIds)})`,
  ],
};
const programmeLists = listFields(programmes, ProgrammeConnection, ProgrammeArgs);

const topicsOf = topicsThrough(ProgrammeTopic, 'programmeId');

const partnersOf = rowsBy(ProgrammePartner, 'programmeId', ['no']);

const programmeField = {
  programme: { type: Programme, description: 'The programme; null when refused (chương trình).' },
} as const;

export const resolvers = [
  recordField(Programme, 'programme', {
    permission: 'programme.read',
    noun: 'a programme',
    description: 'A programme by id or by code (chương trình).',
    codeDescription: 'Its code (mã chương trình).',
  }),
  rowsField(Programme, 'topics', {
    type: Topic,
    load: topicsOf,
    description: 'What it is about, by code (lĩnh vực).',
  }),
  rowsField(Programme, 'partners', {
    type: ProgrammePartner,
    load: partnersOf,
    description: 'All partners with their roles (đơn vị tham gia).',
  }),
  programmeLists.root('programmes', {
    permission: 'programme.read',
    description: 'Programmes, by name by default (danh sách chương trình).',
  }),
  programmeLists.of(University, 'programmes', {
    by: 'programme.universityId',
    description: 'Programmes it delivers, by name (chương trình).',
  }),
  mutation(addProgramme, {
    permission: 'programme.add',
    description:
      'Adds a programme. Who leads, commissions, delivers or funds it is within your reach, or works with what is: by an agreement, an agreed order, or a joint programme (thêm chương trình).',
    input: { type: AddProgrammeInput, description: 'The programme (đầu vào).' },
    payload: { description: 'The programme that was added (kết quả).', fields: programmeField },
    events: ['programme.added'],
  }),
  mutation(reviseProgramme, {
    permission: 'programme.revise',
    description:
      'Revises a programme; cohorts planned already keep their university and location. Those who take part and are out of your reach stay; new ones are as in addProgramme (sửa chương trình).',
    input: { type: ReviseProgrammeInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The programme as revised (kết quả).', fields: programmeField },
    events: ['programme.revised'],
  }),
];
