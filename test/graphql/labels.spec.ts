// Labels of enum values: in the caller's language, for whoever may see the value.
import 'reflect-metadata';
import { getNamedType, isEnumType, isObjectType } from 'graphql';
import { Role } from '../../src/access/policy';
import { described, labelOf } from '../../src/graphql/enums';
import { makeSchema } from '../../src/schema';
import { startTestServer, type TestServer } from '../support/server';
import { must, newClass, newCohort, newOfficial, newRequirement, newUnit } from '../support/world';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

it('labels are in the language of the caller, Vietnamese or English', async () => {
  const { id } = await newCohort(server);
  await must(server, 'openEnrolment', { cohortId: id }, 'cohort { id }');
  const query = `query ($id: ID!) {
    cohort(id: $id) { statusLabel locationLabel programme { kindLabel contentGroupLabel degreeLevelLabel } } }`;
  const read = async (language: string) => (await server.ask(query, { id }, { language })).data.cohort;
  expect(await read('vi')).toEqual({
    statusLabel: 'Đang chiêu sinh',
    locationLabel: 'Trong nước',
    programme: {
      kindLabel: 'Bồi dưỡng',
      contentGroupLabel: 'Kỹ năng nghiệp vụ theo vị trí việc làm',
      degreeLevelLabel: null,
    },
  });
  expect(await read('en')).toEqual({
    statusLabel: 'Enrolling',
    locationLabel: 'In Viet Nam',
    programme: {
      kindLabel: 'Refresher training',
      contentGroupLabel: 'Professional skills',
      degreeLevelLabel: null,
    },
  });
});

it('labels of a list of values are a list in the same order, null where the list is null', async () => {
  const { id } = await newRequirement(server, {
    unitId: (await newUnit(server)).id,
    categories: ['PUBLIC_EMPLOYEE', 'CADRE'],
  });
  const query = `query ($id: ID!) { node(id: $id) { ... on TrainingRequirement {
    categories categoryLabels unitKinds unitKindLabels recurrenceLabel } } }`;
  const { node } = (await server.ask(query, { id }, { language: 'vi' })).data;
  expect(node).toEqual({
    categories: ['PUBLIC_EMPLOYEE', 'CADRE'],
    categoryLabels: ['Viên chức', 'Cán bộ'],
    unitKinds: null,
    unitKindLabels: null,
    recurrenceLabel: 'Hằng năm',
  });
});

it('labels of personal fields are hidden with the fields', async () => {
  const { id } = await newOfficial(server, { gender: 'FEMALE' });
  const { cohort, officialIds } = await newClass(server, 1);
  const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01', classification: 'GOOD' }];
  await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'graduates { id }');
  const query = `query ($id: ID!) { official(id: $id) { genderLabel } graduates(last: 1) { nodes { classificationLabel } } }`;
  const { data } = await server.ask(query, { id }, { language: 'vi' });
  expect(data).toEqual({
    official: { genderLabel: 'Nữ' },
    graduates: { nodes: [{ classificationLabel: 'Khá' }] },
  });
  const strangers = await server.ask(query, { id }, { as: Role.VIEWER });
  expect(JSON.stringify(strangers)).not.toMatch(/Female|Good|Nữ|Khá/);
});

it('labels of error codes name the kind of error', async () => {
  const query = `mutation { openEnrolment(input: { cohortId: "cohort_01jd0000000000000000000000" }) { userErrors { code codeLabel } } }`;
  const { data } = await server.ask(query, {}, { language: 'vi' });
  expect(data.openEnrolment.userErrors).toEqual([{ code: 'NOT_FOUND', codeLabel: 'Không tìm thấy' }]);
});

it('every value of every enum in an object type has a label', () => {
  const shown = Object.values(makeSchema().getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()))
    .map((field) => getNamedType(field.type))
    .filter(isEnumType)
    .filter(({ name }) => !name.startsWith('__'));
  for (const { name, getValues } of shown.map((type) => ({
    name: type.name,
    getValues: () => type.getValues(),
  }))) {
    for (const { name: value } of getValues()) {
      expect(labelOf(name, value)).toEqual({
        vi: expect.stringMatching(/^\p{Lu}[^_()]+$/u),
        en: expect.stringMatching(/^\p{Lu}[^_()]+$/u),
      });
    }
  }
});

it('an enum whose values lack a Vietnamese term cannot be declared', () => {
  expect(() => described('Season', 'Of the year (mùa).', { WET: 'Rain.' })).toThrow(
    'no Vietnamese term: Rain.',
  );
});
