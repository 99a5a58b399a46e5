// GraphQL fields of partnerships, from the unit and from the university.
import { listFields, rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
import { Topic } from '../topic/topic.entity';
import { topicsThrough } from '../topic/topic.reads';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';
import { endPartnership, revisePartnership, signPartnership } from './partnership.actions';
import { Partnership, PartnershipTopic } from './partnership.entity';
import {
  EndPartnershipInput,
  PartnershipConnection,
  RevisePartnershipInput,
  SignPartnershipInput,
} from './partnership.input';

const partnerships: Listing<Partnership> = {
  entity: Partnership,
  alias: 'partnership',
  orders: { TITLE: ['titleKey'] },
  usual: { field: 'TITLE', direction: 'ASC' },
};
const partnershipLists = listFields(partnerships, PartnershipConnection);

const topicsOf = topicsThrough(PartnershipTopic, 'partnershipId');

const partnershipField = {
  partnership: { type: Partnership, description: 'The partnership; null when refused (thoả thuận).' },
} as const;

export const resolvers = [
  rowsField(Partnership, 'topics', {
    type: Topic,
    load: topicsOf,
    description: 'What it is about, by code (lĩnh vực).',
  }),
  partnershipLists.of(Unit, 'partnerships', {
    by: 'partnership.unitId',
    description: 'Its own agreements with universities, by title (thoả thuận hợp tác).',
  }),
  partnershipLists.of(University, 'partnerships', {
    by: 'partnership.universityId',
    description: 'Its agreements with units, by title (thoả thuận hợp tác).',
  }),
  mutation(signPartnership, {
    permission: 'partnership.sign',
    description: 'Registers an agreement of a unit with a university (ký thoả thuận hợp tác).',
    input: { type: SignPartnershipInput, description: 'The agreement (đầu vào).' },
    payload: { description: 'The partnership that was signed (kết quả).', fields: partnershipField },
    events: ['partnership.signed'],
  }),
  mutation(revisePartnership, {
    permission: 'partnership.revise',
    description: 'Revises an agreement of a unit with a university (sửa thỏa thuận hợp tác).',
    input: { type: RevisePartnershipInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The partnership as revised (kết quả).', fields: partnershipField },
    events: ['partnership.revised'],
  }),
  mutation(endPartnership, {
    permission: 'partnership.end',
    description: 'Ends an agreement of a unit with a university (chấm dứt thỏa thuận hợp tác).',
    input: { type: EndPartnershipInput, description: 'Which, and when (đầu vào).' },
    payload: { description: 'The partnership that ends (kết quả).', fields: partnershipField },
    events: ['partnership.ended'],
  }),
];
