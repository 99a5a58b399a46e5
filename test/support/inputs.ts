// Catalogue of valid inputs: for each mutation an input that is accepted at a place, and a change that makes it wrong.
import {
  unknownId,
  must,
  newClass,
  newCode,
  newCohort,
  newDay,
  newDegreeClass,
  newDocument,
  newFigure,
  newInitiative,
  newMember,
  newOfficial,
  newOrder,
  newPlan,
  newPosition,
  newProgramme,
  newRequirement,
  newServiceRule,
  newSession,
  newTopic,
  newUnit,
  newUniversity,
  nominate,
  takeSteps,
} from './world';
import type { TestServer } from './server';

export type Input = Record<string, any>;

/** A unit below another, a university, who works there and what is taught there. */
export interface Place {
  server: TestServer;
  topId: string;
  unitId: string;
  universityId: string;
  officialId: string;
  programmeId: string;
  positionCode: string;
}

interface Entry {
  /** Makes what it needs and returns an input that succeeds for a caller who reaches the place; another each time. */
  valid: (place: Place) => Input | Promise<Input>;
  /** Fields to put into a valid input so that it is refused; left out where repeating it is what is refused. */
  wrong?: (valid: Input) => Input;
}

export async function newPlace(server: TestServer): Promise<Place> {
  const topId = (await newUnit(server)).id;
  const unitId = (await newUnit(server, { parentId: topId })).id;
  const universityId = (await newUniversity(server)).id;
  const positionCode = (await newPosition(server)).code;
  const officialId = (await newOfficial(server, { unitId, positionCode })).id;
  const programmeId = (await programmeAt({ server, unitId, universityId })).id;
  return { server, topId, unitId, universityId, officialId, programmeId, positionCode };
}

const programmeAt = ({ server, unitId, universityId }: Pick<Place, 'server' | 'unitId' | 'universityId'>) =>
  newProgramme(server, { universityId, partners: [{ role: 'COMMISSIONING', unitId }] });
const unitBelow = async ({ server, topId }: Place) => (await newUnit(server, { parentId: topId })).id;
const officialAt = async ({ server, unitId, positionCode }: Place) =>
  (await newOfficial(server, { unitId, positionCode })).id;

async function assignmentAt(place: Place): Promise<{ assignmentId: string }> {
  const query = 'query ($id: ID!) { official(id: $id) { assignments { id } } }';
  const { data } = await place.server.ask(query, { id: await officialAt(place) });
  return { assignmentId: data.official.assignments[0].id };
}

async function cohortAt({ server, programmeId, unitId }: Place, ...steps: string[]) {
  const cohortId = (await newCohort(server, { programmeId, hostUnitId: unitId })).id;
  await takeSteps(server, cohortId, steps);
  return { cohortId };
}

const classAt = ({ server, programmeId, unitId, positionCode }: Place, learners: number) =>
  newClass(server, learners, { programmeId, hostUnitId: unitId, positionCode });

async function graduationAt(place: Place) {
  const { cohort, officialIds } = await classAt(place, 1);
  return { cohortId: cohort.id, graduates: [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }] };
}

async function graduatedAt(place: Place): Promise<{ graduateId: string }> {
  const payload = await must(place.server, 'recordGraduates', await graduationAt(place), 'graduates { id }');
  return { graduateId: payload.graduates[0].id };
}

async function partnershipAt({ server, unitId, universityId }: Place): Promise<{ partnershipId: string }> {
  const signed = { unitId, universityId, title: 'Thỏa thuận', validFrom: '2024-01-01' };
  const { partnership } = await must(server, 'signPartnership', signed, 'partnership { id }');
  return { partnershipId: partnership.id };
}

const orderAt = async ({ server, unitId, universityId }: Place) => ({
  orderId: (await newOrder(server, { unitId, universityId })).id,
});

async function agreedAt(place: Place) {
  const input = await orderAt(place);
  await must(place.server, 'agreeOrder', input, 'cursor');
  return { ...input, cohortIds: [(await cohortAt(place)).cohortId] };
}

async function taughtAt(place: Place) {
  const { orderId, cohortIds } = await agreedAt(place);
  await must(place.server, 'scheduleOrder', { orderId, cohortIds }, 'cursor');
  await takeSteps(place.server, cohortIds[0]!, ['openEnrolment', 'startCohort', 'completeCohort']);
  return { orderId, result: 'Đạt yêu cầu' };
}

async function initiativeAt(place: Place, ...steps: string[]): Promise<{ initiativeId: string }> {
  const { enrolmentIds } = await classAt(place, 1);
  const { id } = await newInitiative(place.server, enrolmentIds, { unitId: place.unitId });
  for (const step of steps) await must(place.server, step, { initiativeId: id }, 'cursor');
  return { initiativeId: id };
}

const requirementAt = async ({ server, unitId }: Place) => ({
  requirementId: (await newRequirement(server, { unitId })).id,
});

const exemptionAt = async (place: Place) => ({
  ...(await requirementAt(place)),
  officialId: await officialAt(place),
  reason: 'Nghỉ thai sản',
});

const sessionAt = async (place: Place) => ({
  sessionId: (await newSession(place.server, await cohortAt(place))).id,
});

async function attendanceAt(place: Place) {
  const { cohort, officialIds } = await classAt(place, 1);
  const session = await newSession(place.server, { cohortId: cohort.id });
  return { sessionId: session.id, attendance: [{ officialId: officialIds[0] }] };
}

/** A commitment of a learner who has no degree yet, so that all of its cost is owed. */
async function commitmentAt({ server, unitId, positionCode }: Place): Promise<{ commitmentId: string }> {
  const { enrolmentIds } = await newDegreeClass(server, 1, { hostUnitId: unitId, positionCode });
  const owed = { commitments: [{ enrolmentId: enrolmentIds[0], cost: 120_000_000 }] };
  const { commitments } = await must(server, 'recordServiceCommitments', owed, 'commitments { id }');
  return { commitmentId: commitments[0].id };
}

/** A rule of two days, which no other overlaps. */
function serviceRule() {
  const [from, until] = [newDay(), newDay()];
  return { category: 'CADRE', from, until, multiple: 2, source: 'Nghị định mẫu' };
}

const roleAt = ({ unitId }: Place) => ({ role: 'UNIT_MANAGER', subject: newCode('s-'), unitId });
const linkAt = async ({ server, programmeId }: Place) => ({
  documentId: (await newDocument(server)).id,
  programmeId,
});

const catalogue: Record<string, Entry> = {
  openUnit: {
    valid: () => ({ code: newCode('U'), kind: 'WARD', name: 'Phường Bến Nghé' }),
    wrong: ({ code }) => ({ parentId: `unit_${'0'.repeat(26)}`, code: `${code}-2` }),
  },
  reorganiseUnits: {
    valid: async ({ server }) => {
      const { id } = await newUnit(server);
      const successions = [{ predecessorId: id, kind: 'DISSOLVED' }];
      return { effectiveOn: '2024-01-01', closeIds: [id], open: [], successions };
    },
    wrong: ({ successions }) => ({
      successions: [...successions, { ...successions[0], successorCode: 'X' }],
    }),
  },
  correctUnit: {
    valid: async ({ server }) => ({
      unitId: (await newUnit(server)).id,
      name: 'Phường Tân Mỹ',
      reason: 'Sai dấu',
    }),
    wrong: () => ({ name: null }),
  },
  callOffReorganisation: {
    valid: async ({ server }) => {
      const { id } = await newUnit(server);
      const successions = [{ predecessorId: id, kind: 'DISSOLVED' }];
      const input = { effectiveOn: '2999-01-01', closeIds: [id], open: [], successions };
      await must(server, 'reorganiseUnits', input, 'cursor');
      return { effectiveOn: '2999-01-01', unitIds: [id], reason: 'Nhập sai' };
    },
  },
  addPosition: {
    valid: () => ({ code: newCode('P'), title: 'Bí thư' }),
    wrong: () => ({ title: ' ' }),
  },
  addTopic: {
    valid: () => ({ code: newCode('L'), name: 'Quy hoạch' }),
    wrong: () => ({ name: ' ' }),
  },
  revisePosition: {
    valid: async ({ server }) => ({ positionId: (await newPosition(server)).id, title: 'Phó Bí thư' }),
    wrong: () => ({ title: null }),
  },
  reviseTopic: {
    valid: async ({ server }) => ({ topicId: (await newTopic(server)).id, isPriority: true }),
    wrong: () => ({ isPriority: null }),
  },
  reviseDocument: {
    valid: async ({ server }) => ({ documentId: (await newDocument(server)).id, number: newCode('QD-') }),
    wrong: () => ({ issuedOn: '2999-01-01' }),
  },
  revisePartnership: {
    valid: async (place) => ({ ...(await partnershipAt(place)), title: 'Thỏa thuận khung' }),
    wrong: () => ({ validTo: '2023-12-31' }),
  },
  endPartnership: {
    valid: async (place) => ({ ...(await partnershipAt(place)), validTo: '2025-12-31' }),
    wrong: () => ({ validTo: '2023-12-31' }),
  },
  addUniversity: {
    valid: () => ({ code: newCode('V'), name: 'Học viện Cán bộ' }),
    wrong: () => ({ website: 'no' }),
  },
  reviseUniversity: {
    valid: ({ universityId }) => ({ universityId, name: `Học viện ${newCode()}` }),
    wrong: () => ({ name: null }),
  },
  signPartnership: {
    valid: ({ unitId, universityId }) => ({
      ...{ unitId, universityId, title: 'Thỏa thuận' },
      validFrom: '2024-01-01',
    }),
    wrong: () => ({ validTo: '2023-12-31' }),
  },
  addDocument: {
    valid: () => ({ kind: 'SCHEME', title: 'Đề án' }),
    wrong: () => ({ issuedOn: '2999-01-01' }),
  },
  linkDocument: { valid: linkAt },
  unlinkDocument: {
    valid: async (place) => {
      const input = await linkAt(place);
      await must(place.server, 'linkDocument', input, 'cursor');
      return input;
    },
  },
  nameSource: {
    valid: ({ programmeId }) => ({ subjectId: programmeId, title: newCode('Bài báo ') }),
    wrong: () => ({ publishedOn: '2999-01-01' }),
  },
  stateFigure: {
    valid: ({ unitId }) => ({
      ...{ metric: 'PARTICIPATIONS', value: 7, periodFrom: '2024-01-01', periodTo: '2024-12-31' },
      ...{ unitId, source: { title: newCode('Bài báo ') } },
    }),
    wrong: () => ({ source: { title: 'Bài báo', publishedOn: '2999-01-01' } }),
  },
  withdrawFigure: {
    valid: async ({ server, unitId }) => ({ figureId: (await newFigure(server, { unitId })).id }),
  },
};

const officials: Record<string, Entry> = {
  registerOfficial: {
    valid: ({ unitId, positionCode }) => ({
      ...{ code: newCode('O'), fullName: 'Lê Thị Mẫu', category: 'CADRE', since: '2021-01-01' },
      ...{ unitId, positionCode },
    }),
    wrong: ({ code }) => ({ code: `${code}-2`, positionCode: 'nobody' }),
  },
  reviseOfficial: {
    valid: async (place) => ({ officialId: await officialAt(place), fullName: 'Lê Văn Mẫu' }),
    wrong: () => ({ fullName: null }),
  },
  eraseOfficial: { valid: async (place) => ({ officialId: await officialAt(place) }) },
  assignOfficial: {
    valid: async (place) => ({
      ...{ officialId: await officialAt(place), unitId: place.unitId, since: '2022-01-01' },
      positionCode: (await newPosition(place.server)).code,
    }),
    wrong: () => ({ until: '2021-12-31' }),
  },
  changeOfficialCode: {
    valid: async (place) => ({ officialId: await officialAt(place), code: newCode('O'), reason: 'Nhập sai' }),
    wrong: ({ code }) => ({ code: `${code} 2` }),
  },
  mergeOfficials: {
    valid: async (place) => ({
      ...{ keepId: await officialAt(place), duplicateId: await officialAt(place) },
      reason: 'Một người nhập hai lần',
    }),
    wrong: ({ keepId }) => ({ duplicateId: keepId }),
  },
  correctAssignment: {
    valid: async (place) => ({ ...(await assignmentAt(place)), since: '2021-01-01', reason: 'Nhập sai' }),
    wrong: () => ({ until: '2020-12-31' }),
  },
  removeAssignment: {
    valid: async (place) => {
      const { assignmentId } = await assignmentAt(place);
      const { data } = await place.server.ask(
        'query ($id: ID!) { node(id: $id) { ... on Assignment { official { id } unit { id } } } }',
        { id: assignmentId },
      );
      const positionCode = (await newPosition(place.server)).code;
      const { official, unit } = data.node;
      const other = { officialId: official.id, unitId: unit.id, positionCode, since: '2022-01-01' };
      await must(place.server, 'assignOfficial', other, 'cursor');
      return { assignmentId, reason: 'Ghi nhầm' };
    },
  },
  endAssignment: {
    valid: async (place) => ({ ...(await assignmentAt(place)), until: '2024-01-01' }),
    wrong: () => ({ until: '2019-12-31' }),
  },
  moveOfficials: {
    valid: async (place) => ({
      moves: [await assignmentAt(place), await assignmentAt(place)],
      ...{ unitId: await unitBelow(place), from: '2024-01-01' },
    }),
    wrong: ({ moves }) => ({ moves: [...moves, moves[0]] }),
  },
  grantRole: {
    valid: roleAt,
    wrong: () => ({ until: '2019-12-31' }),
  },
  revokeRole: {
    valid: async (place) => ({
      grantId: (await must(place.server, 'grantRole', roleAt(place), 'grant { id }')).grant.id,
    }),
  },
  addCommitteeMember: {
    valid: async ({ server, unitId, positionCode }) => ({
      committeeId: (await newUnit(server, { kind: 'COMMITTEE' })).id,
      ...{ unitId, positionCode, since: '2022-01-01' },
    }),
    wrong: () => ({ until: '2021-12-31' }),
  },
  correctCommitteeMember: {
    valid: async ({ server, unitId, positionCode }) => ({
      memberId: (await newMember(server, { unitId, positionCode })).id,
      ...{ role: 'HEAD', reason: 'Nhập thiếu' },
    }),
    wrong: () => ({ role: null }),
  },
  endCommitteeMember: {
    valid: async ({ server, unitId, positionCode }) => ({
      memberId: (await newMember(server, { unitId, positionCode })).id,
      until: '2024-01-01',
    }),
    wrong: () => ({ until: '2019-12-31' }),
  },
};

const training: Record<string, Entry> = {
  addProgramme: {
    valid: ({ unitId, universityId }) => ({
      ...{ code: newCode('C'), name: 'Bồi dưỡng', kind: 'REFRESHER' },
      ...{ contentGroup: 'STATE_MANAGEMENT', basis: 'TOPICAL', universityId },
      partners: [{ role: 'COMMISSIONING', unitId }],
    }),
    wrong: ({ code }) => ({ code: `${code}-2`, degreeLevel: 'MASTER' }),
  },
  reviseProgramme: {
    valid: async (place) => ({ programmeId: (await programmeAt(place)).id, name: 'Chuyên đề' }),
    wrong: () => ({ version: 7 }),
  },
  planCohort: {
    valid: ({ programmeId, unitId }) => ({
      ...{ code: newCode('K'), name: 'Lớp', startsOn: '2024-01-01' },
      ...{ programmeId, hostUnitId: unitId },
    }),
    wrong: ({ code }) => ({ code: `${code}-2`, endsOn: '2023-12-01' }),
  },
  reviseCohort: {
    valid: async (place) => ({ ...(await cohortAt(place)), version: 1, name: 'Lớp hai' }),
    wrong: () => ({ version: 9 }),
  },
  openEnrolment: { valid: (place) => cohortAt(place) },
  startCohort: { valid: (place) => cohortAt(place, 'openEnrolment') },
  completeCohort: { valid: async (place) => ({ cohortId: (await classAt(place, 1)).cohort.id }) },
  cancelCohort: { valid: async (place) => ({ ...(await cohortAt(place)), reason: 'Không đủ học viên' }) },
  reopenCohort: {
    valid: async (place) => ({
      ...(await cohortAt(place, 'openEnrolment', 'startCohort', 'completeCohort')),
      reason: 'Bế giảng nhầm',
    }),
    wrong: () => ({ reason: ' ' }),
  },
  annulCohort: { valid: async (place) => ({ ...(await cohortAt(place)), reason: 'Ghi nhầm' }) },
  nominateOfficials: {
    valid: async (place) => ({
      ...(await cohortAt(place, 'openEnrolment')),
      officialIds: [await officialAt(place)],
    }),
    wrong: ({ officialIds }) => ({ officialIds: [...officialIds, unknownId(officialIds[0] as string)] }),
  },
  decideEnrolments: {
    valid: async (place) => {
      const { cohortId } = await cohortAt(place, 'openEnrolment');
      const enrolmentIds = await nominate(place.server, cohortId, [await officialAt(place)]);
      return { enrolmentIds, decision: 'ACCEPT' };
    },
    wrong: ({ enrolmentIds }) => ({ enrolmentIds: [...enrolmentIds, unknownId(enrolmentIds[0] as string)] }),
  },
  recordSending: {
    valid: async (place) => ({
      enrolmentIds: (await classAt(place, 1)).enrolmentIds,
      ...{ decisionNumber: '45/QĐ-UBND', decidedOn: '2024-02-01' },
    }),
    wrong: () => ({ decidedOn: '2999-01-01' }),
  },
  withdrawEnrolment: {
    valid: async (place) => ({ enrolmentId: (await classAt(place, 1)).enrolmentIds[0] }),
  },
  recordGraduates: {
    valid: graduationAt,
    wrong: ({ graduates }) => ({ graduates: [...graduates, { ...graduates[0], graduatedOn: '2999-01-01' }] }),
  },
  correctGraduate: {
    valid: async (place) => ({ ...(await graduatedAt(place)), classification: 'GOOD' }),
    wrong: () => ({ classification: 'PASS', graduatedOn: '2999-01-01' }),
  },
  revokeGraduate: { valid: graduatedAt },
  recordFollowUp: {
    valid: async (place) => ({
      ...(await graduatedAt(place)),
      ...{ time: 'AFTER_3_MONTHS', isApplied: true, how: 'Hằng ngày' },
    }),
    wrong: () => ({ how: null }),
  },
  correctFollowUp: {
    valid: async (place) => {
      const answer = { ...(await graduatedAt(place)), time: 'AFTER_3_MONTHS', isApplied: false };
      const { followUp } = await must(place.server, 'recordFollowUp', answer, 'followUp { id }');
      return { followUpId: followUp.id, isApplied: true, how: 'Hằng ngày', reason: 'Ghi nhầm' };
    },
    wrong: () => ({ how: null }),
  },
  scheduleSession: {
    valid: async (place) => ({
      ...(await cohortAt(place)),
      ...{ heldOn: '2024-03-01', periods: 4, place: 'Hội trường' },
    }),
    wrong: () => ({ heldOn: '2024-02-01' }),
  },
  reviseSession: {
    valid: async (place) => ({ ...(await sessionAt(place)), periods: 5 }),
    wrong: () => ({ periods: 0 }),
  },
  cancelSession: { valid: async (place) => ({ ...(await sessionAt(place)), reason: 'Giảng viên bận' }) },
  recordAttendance: { valid: attendanceAt },
  correctAttendance: {
    valid: async (place) => {
      const { sessionId, attendance } = await attendanceAt(place);
      await must(place.server, 'recordAttendance', { sessionId, attendance }, 'cursor');
      return { sessionId, attendance: [{ ...attendance[0], periods: 1 }] };
    },
    wrong: ({ attendance }) => ({ attendance: [...attendance, attendance[0]] }),
  },
};

const followedUp: Record<string, Entry> = {
  requestTraining: {
    valid: ({ unitId, universityId }) => ({
      ...{ unitId, universityId, title: 'Chuyển đổi số', expectedOutcome: 'Làm được ngay' },
      ...{ headcount: 30, neededBy: '2999-12-31' },
    }),
    wrong: () => ({ neededBy: '2020-01-01' }),
  },
  reviseOrder: {
    valid: async (place) => ({ ...(await orderAt(place)), headcount: 41 }),
    wrong: () => ({ neededBy: '2000-01-01' }),
  },
  agreeOrder: { valid: orderAt },
  declineOrder: { valid: async (place) => ({ ...(await orderAt(place)), reason: 'Chưa có giảng viên' }) },
  scheduleOrder: {
    valid: agreedAt,
    wrong: ({ cohortIds }) => ({ cohortIds: [...cohortIds, unknownId(cohortIds[0] as string)] }),
  },
  acceptOrder: { valid: taughtAt },
  cancelOrder: { valid: async (place) => ({ ...(await orderAt(place)), reason: 'Không còn nhu cầu' }) },
  addRequirement: {
    valid: ({ unitId }) => ({
      ...{ name: 'Học tập ít nhất 40 tiết mỗi năm', unitId, periods: 40, recurrence: 'YEARLY' },
      ...{ validFrom: '2025-01-01', source: { title: 'Văn bản mẫu' } },
    }),
    wrong: () => ({ everyMonths: 6 }),
  },
  reviseRequirement: {
    valid: async (place) => ({ ...(await requirementAt(place)), name: 'Mỗi năm một tuần' }),
    wrong: () => ({ version: 7 }),
  },
  endRequirement: {
    valid: async (place) => ({ ...(await requirementAt(place)), until: '2025-12-31' }),
    wrong: () => ({ until: '2021-12-31' }),
  },
  exemptOfficial: { valid: exemptionAt },
  revokeExemption: {
    valid: async (place) => {
      const payload = await must(
        place.server,
        'exemptOfficial',
        await exemptionAt(place),
        'exemption { id }',
      );
      return { exemptionId: payload.exemption.id, reason: 'Đã đi làm lại' };
    },
  },
  adoptPlan: {
    valid: async (place) => ({ unitId: await unitBelow(place), year: 2024, targets: [{ target: 10 }] }),
    wrong: () => ({ targets: [{ target: 10 }, { target: 20 }] }),
  },
  revisePlan: {
    valid: async (place) => ({
      planId: (await newPlan(place.server, { unitId: await unitBelow(place) })).id,
      decisionNumber: 'KH 1',
    }),
    wrong: () => ({ version: 7 }),
  },
  addServiceRule: { valid: serviceRule, wrong: () => ({ until: '2009-12-31' }) },
  endServiceRule: {
    valid: async ({ server }) => {
      const rule = serviceRule();
      return { serviceRuleId: (await newServiceRule(server, rule)).id, until: rule.from };
    },
    wrong: () => ({ until: '2009-12-31' }),
  },
  recordServiceCommitments: {
    valid: async ({ server, unitId, positionCode }) => {
      const { enrolmentIds } = await newDegreeClass(server, 2, { hostUnitId: unitId, positionCode });
      return { commitments: enrolmentIds.map((enrolmentId) => ({ enrolmentId, cost: 120_000_000 })) };
    },
    wrong: ({ commitments }) => ({ commitments: [...commitments, commitments[0]] }),
  },
  correctCommitment: {
    valid: async (place) => ({ ...(await commitmentAt(place)), cost: 90_000_000, reason: 'Nhập sai' }),
    wrong: () => ({ cost: null }),
  },
  dischargeCommitment: {
    valid: async (place) => ({
      ...(await commitmentAt(place)),
      as: 'WAIVED',
      reason: 'Nghỉ hưu theo chế độ',
    }),
    wrong: () => ({ reason: null }),
  },
  reopenCommitment: {
    valid: async (place) => {
      const owed = await commitmentAt(place);
      const waived = { ...owed, as: 'WAIVED', reason: 'Nghỉ hưu' };
      await must(place.server, 'dischargeCommitment', waived, 'cursor');
      return { ...owed, reason: 'Nhập nhầm' };
    },
  },
  recordRepayment: {
    valid: async (place) => ({ ...(await commitmentAt(place)), amount: 20_000_000 }),
    wrong: () => ({ amount: 120_000_001 }),
  },
  withdrawRepayment: {
    valid: async (place) => {
      const paid = { ...(await commitmentAt(place)), amount: 1 };
      const { repayment } = await must(place.server, 'recordRepayment', paid, 'repayment { id }');
      return { repaymentId: repayment.id, reason: 'Nhập nhầm' };
    },
  },
  proposeInitiative: {
    valid: async (place) => ({
      enrolmentIds: (await classAt(place, 2)).enrolmentIds,
      ...{ unitId: place.unitId, title: 'Chống ngập', localProblem: 'Ngập nước' },
    }),
    wrong: ({ enrolmentIds }) => ({ enrolmentIds: [...enrolmentIds, unknownId(enrolmentIds[0] as string)] }),
  },
  studyInitiative: { valid: (place) => initiativeAt(place) },
  applyInitiative: {
    valid: async (place) => ({
      ...(await initiativeAt(place, 'studyInitiative')),
      ...{ unitId: place.unitId, result: 'Hết ngập' },
    }),
  },
  rejectInitiative: {
    valid: async (place) => ({
      ...(await initiativeAt(place, 'studyInitiative')),
      reason: 'Thiếu kinh phí',
    }),
  },
};

/** Some need a service rule that applies: `newServiceRule`, once for each server. */
export const INPUTS: Record<string, Entry> = { ...catalogue, ...officials, ...training, ...followedUp };

/** @throws where the catalogue has no entry for the mutation. */
export async function validInput(mutation: string, place: Place): Promise<Input> {
  const entry = INPUTS[mutation];
  if (!entry) throw new Error(`Enter in test/support/inputs.ts what ${mutation} can be sent with.`);
  return entry.valid(place);
}
