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

const givenUniversity = {
  university: [University, 'The university; null when refused (cơ sở đào tạo).'],
} as const;

export const resolvers = [
  recordField(University, 'university', {
    may: 'university.read',
    what: 'a university',
    description: 'A university by id or by code (cơ sở đào tạo).',
    code: 'Its code (mã cơ sở đào tạo).',
  }),
  universityLists.root('universities', {
    may: 'university.read',
    description: 'All universities, by name (danh sách cơ sở đào tạo).',
  }),
  mutation(addUniversity, {
    may: 'university.add',
    does: 'Adds a university (thêm cơ sở đào tạo).',
    takes: [AddUniversityInput, 'The university (đầu vào).'],
    gives: givenUniversity,
    answers: 'The university that was added (kết quả).',
    tells: ['university.added'],
  }),
  mutation(reviseUniversity, {
    may: 'university.revise',
    does: 'Revises what is registered of a university (sửa cơ sở đào tạo).',
    takes: [ReviseUniversityInput, 'What changes (đầu vào).'],
    gives: givenUniversity,
    answers: 'The university as revised (kết quả).',
    tells: ['university.revised'],
  }),
];
