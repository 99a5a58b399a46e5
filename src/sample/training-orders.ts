// Training orders of the sample: two short courses that Thủ Đức ordered from UEH (fact 9); days and texts are invented.
import { searchText } from '../database/search';
import { idFromName } from '../lib/ids';
import type { Cohort } from '../registry/cohort/cohort.entity';
import {
  type TrainingOrder,
  type TrainingOrderCohort,
  TrainingOrderStatus,
  type TrainingOrderTopic,
} from '../registry/training-order/training-order.entity';
import type { RowOf } from './bulk-insert';
import { idOfTopic, idOfUniversity } from './catalogue';

const UEH = 'KSA';

const ORDERS = [
  {
    title: 'Bồi dưỡng hoạch định chính sách, lãnh đạo và quản lý phục vụ hội nhập quốc tế',
    expectedOutcome:
      'Soạn được kế hoạch hội nhập quốc tế của đơn vị mình và tham mưu triển khai ngay sau khóa học',
    topics: ['HNQT', 'CSC', 'LDQL'],
    headcount: 90,
    requestedOn: '2022-08-15',
    neededBy: '2022-12-31',
    cohorts: ['TD-HNQT-2022-02', 'TD-HNQT-2022-03'],
    acceptedOn: '2022-12-12',
    result: 'Đạt yêu cầu: hai lớp kết thúc đúng hạn, mỗi đơn vị có một kế hoạch được thông qua',
  },
  {
    title: 'Bồi dưỡng phát triển đô thị thông minh và chuyển đổi số',
    expectedOutcome: 'Dùng được dữ liệu số trong quy hoạch và quản lý đô thị tại phường, phòng ban',
    topics: ['DTTM', 'QH', 'DMST'],
    headcount: 100,
    requestedOn: '2023-02-06',
    neededBy: '2023-06-30',
    cohorts: ['TD-DTTM-2023-01', 'TD-DTTM-2023-02'],
    acceptedOn: '2023-07-10',
    result: 'Đạt yêu cầu; đề nghị khóa sau tăng thời gian thực hành',
  },
];

export interface SampleOrders {
  rows: RowOf<TrainingOrder>[];
  topics: RowOf<TrainingOrderTopic>[];
  cohorts: RowOf<TrainingOrderCohort>[];
}

/** @param cohorts those of the sample, among them the ones that were ordered. */
export function makeOrders(cohorts: RowOf<Cohort>[]): SampleOrders {
  const byCode = new Map(cohorts.map((cohort) => [cohort.code, cohort]));
  const made = ORDERS.map(({ topics, cohorts: codes, ...facts }) => {
    const ordered = codes.map((code) => byCode.get(code)!);
    const orderId = idFromName('order', codes.join('/'));
    const row: RowOf<TrainingOrder> = {
      ...facts,
      id: orderId,
      unitId: ordered[0]!.hostUnitId,
      universityId: idOfUniversity(UEH),
      status: TrainingOrderStatus.ACCEPTED,
      programmeId: ordered[0]!.programmeId,
      reason: null,
      createdAt: null,
      search: searchText(facts.title, facts.expectedOutcome),
      version: 1,
    };
    return {
      row,
      topics: topics.map((topic) => ({ orderId, topicId: idOfTopic(topic) })),
      cohorts: ordered.map(({ id }) => ({ cohortId: id, orderId })),
    };
  });
  return {
    rows: made.map(({ row }) => row),
    topics: made.flatMap(({ topics }) => topics),
    cohorts: made.flatMap((each) => each.cohorts),
  };
}
