// Initiatives and follow-ups of the sample, from the theses of Quận 7's master's cohort (fact 4); all invented.
import { idFromName } from '../lib/ids';
import { textKey } from '../lib/vietnamese';
import type { Cohort } from '../registry/cohort/cohort.entity';
import type { Graduate } from '../registry/graduate/graduate.entity';
import { type FollowUp, FollowUpTime } from '../registry/initiative/follow-up.entity';
import {
  type Initiative,
  type InitiativeAuthor,
  InitiativeStatus,
} from '../registry/initiative/initiative.entity';
import type { RowOf } from './bulk-insert';
import { proposalFrom } from './theses';
import type { SampleUnits } from './units';

const { PROPOSED, UNDER_STUDY, APPLIED, REJECTED } = InitiativeStatus;

/** The initiatives from the first theses of the cohort; the second one has two authors. */
const FATES = [
  {
    status: APPLIED,
    proposedOn: '2024-03-18',
    authors: 1,
    appliedOn: '2024-06-10',
    result: 'Áp dụng tại các phường của quận; thời gian xử lý giảm một phần ba',
  },
  {
    status: APPLIED,
    proposedOn: '2024-03-25',
    authors: 2,
    appliedOn: '2024-09-02',
    result: 'Áp dụng thí điểm tại hai phường, kết quả đạt yêu cầu',
  },
  { status: UNDER_STUDY, proposedOn: '2024-04-08', authors: 1 },
  { status: REJECTED, proposedOn: '2024-04-15', authors: 1, reason: 'Chưa cân đối được kinh phí' },
  { status: PROPOSED, proposedOn: '2024-05-06', authors: 1 },
];

const FOLLOW_UPS = [
  {
    time: FollowUpTime.AFTER_3_MONTHS,
    recordedOn: '2024-06-03',
    isApplied: true,
    how: 'Dùng khung phân tích chính sách khi soạn tờ trình',
  },
  {
    time: FollowUpTime.AFTER_6_MONTHS,
    recordedOn: '2024-09-03',
    isApplied: true,
    how: 'Tổ chức đối thoại định kỳ với người dân',
  },
  {
    time: FollowUpTime.AFTER_12_MONTHS,
    recordedOn: '2025-03-03',
    isApplied: false,
    how: 'Đã chuyển sang công việc khác',
  },
];

export interface SampleInitiatives {
  rows: RowOf<Initiative>[];
  authors: RowOf<InitiativeAuthor>[];
  followUps: RowOf<FollowUp>[];
}

export function makeInitiatives(
  units: SampleUnits,
  cohorts: RowOf<Cohort>[],
  graduates: RowOf<Graduate>[],
): SampleInitiatives {
  const cohort = cohorts.find(({ code }) => code === 'Q7-QLC-1')!;
  const district = units.at('778', '2024-03-01');
  const own = graduates.filter(({ cohortId, thesisKind }) => cohortId === cohort.id && thesisKind);
  const made = FATES.map(({ authors, ...fate }, i) => {
    const graduate = own[i]!;
    const id = idFromName('initiative', graduate.id);
    const proposal = proposalFrom(graduate.thesisTitle!, district);
    const row: RowOf<Initiative> = {
      id,
      ...proposal,
      cohortId: cohort.id,
      unitId: district.id,
      graduateId: graduate.id,
      appliedUnitId: fate.status === APPLIED ? district.id : null,
      appliedOn: null,
      result: null,
      reason: null,
      createdAt: null,
      titleKey: textKey(proposal.title),
      ...fate,
    };
    const written = own.slice(i, i + authors);
    return { row, authors: written.map(({ enrolmentId }) => ({ initiativeId: id, enrolmentId })) };
  });
  const followed = own[0]!;
  return {
    rows: made.map(({ row }) => row),
    authors: made.flatMap(({ authors }) => authors),
    followUps: FOLLOW_UPS.map((each) => ({
      ...each,
      id: idFromName('followup', `${followed.id}/${each.time}`),
      graduateId: followed.id,
      officialId: followed.officialId,
      version: 1,
      createdAt: null,
    })),
  };
}
