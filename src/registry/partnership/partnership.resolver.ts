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

const givenPartnership = {
  partnership: [Partnership, 'The partnership; null when refused (thoả thuận).'],
} as const;

export const resolvers = [
  rowsField(Partnership, 'topics', {
    gives: Topic,
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
    may: 'partnership.sign',
    does: 'Registers an agreement of a unit with a university (ký thoả thuận hợp tác).',
    takes: [SignPartnershipInput, 'The agreement (đầu vào).'],
    gives: givenPartnership,
    answers: 'The partnership that was signed (kết quả).',
    tells: ['partnership.signed'],
  }),
  mutation(revisePartnership, {
    may: 'partnership.revise',
    does: 'Revises an agreement of a unit with a university (sửa thỏa thuận hợp tác).',
    takes: [RevisePartnershipInput, 'What changes (đầu vào).'],
    gives: givenPartnership,
    answers: 'The partnership as revised (kết quả).',
    tells: ['partnership.revised'],
  }),
  mutation(endPartnership, {
    may: 'partnership.end',
    does: 'Ends an agreement of a unit with a university (chấm dứt thỏa thuận hợp tác).',
    takes: [EndPartnershipInput, 'Which, and when (đầu vào).'],
    gives: givenPartnership,
    answers: 'The partnership that ends (kết quả).',
    tells: ['partnership.ended'],
  }),
];
