// GraphQL fields of universities: list and mutations.
import { codeKey } from '../../lib/texts';
import { listFields, recordField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
import { isIn } from '../../lib/sql';
import { addUniversity, reviseUniversity } from './university.actions';
import { University } from './university.entity';
import {
  AddUniversityInput,
  ReviseUniversityInput,
  UniversityArgs,
  UniversityConnection,
  type UniversityFilter,
} from './university.input';

const universities: Listing<University, UniversityFilter> = {
  entity: University,
  alias: 'university',
  searched: true,
  orders: { NAME: ['nameKey'], CODE: ['code'] },
  usual: { field: 'NAME', direction: 'ASC' },
  narrow: ({ codes }) => [codes && isIn('university.codeKey', codes.map(codeKey))],
};
const universityLists = listFields(universities, UniversityConnection, UniversityArgs);

const universityField = {
  university: { type: University, description: 'The university; null when refused (cơ sở đào tạo).' },
} as const;

export const resolvers = [
  recordField(University, 'university', {
    permission: 'university.read',
    noun: 'a university',
    description: 'A university by id or by code (cơ sở đào tạo).',
    codeDescription: 'Its code (mã cơ sở đào tạo).',
  }),
  universityLists.root('universities', {
    permission: 'university.read',
    description: 'All universities, by name (danh sách cơ sở đào tạo).',
  }),
  mutation(addUniversity, {
    permission: 'university.add',
    description: 'Adds a university (thêm cơ sở đào tạo).',
    input: { type: AddUniversityInput, description: 'The university (đầu vào).' },
    payload: { description: 'The university that was added (kết quả).', fields: universityField },
    events: ['university.added'],
  }),
  mutation(reviseUniversity, {
    permission: 'university.revise',
    description: 'Revises what is registered of a university (sửa cơ sở đào tạo).',
    input: { type: ReviseUniversityInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The university as revised (kết quả).', fields: universityField },
    events: ['university.revised'],
  }),
];
