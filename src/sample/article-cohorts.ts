// Cohorts of the article: those of facts 1, 2, 5, 7, 11 and 14; comments say what is known and what is invented.
import type { SampleProgramme } from './catalogue';
import { type CohortPlan, plan, shift } from './cohorts';
import type { SampleUnits } from './units';

const THREE_WEEKS = 18; // from a Monday to the Friday of the third week

export function articleCohorts(units: SampleUnits, programmes: Map<string, SampleProgramme>): CohortPlan[] {
  const cohort = (
    [programme, host]: [string, string],
    [startsOn, endsOn]: [string, string],
    learners: number,
    more: Partial<CohortPlan>,
  ) => plan(programmes.get(programme)!, units.at(host, startsOn), { startsOn, endsOn }, learners, more);
  const mostlyManagers: CohortPlan['prefers'] = ({ position }) => position.isManagerial;

  return [
    // Fact 2: 42 learners, 38 of them graduated on 2024-02-29. The first day is invented: "2021-2023" is a label.
    cohort(['THS-QLC', '778'], ['2021-10-16', '2024-02-29'], 42, {
      named: { code: 'Q7-QLC-1', name: 'Lớp Thạc sĩ Điều hành cao cấp Quản lý công, Quận 7' },
      periodLabel: '2021-2023',
      graduation: { count: 38, on: '2024-02-29' },
      prefers: mostlyManagers,
    }),
    // Fact 5: batch 2, 27 learners, opened 2022-01-08. The end and the graduates are invented.
    cohort(['THS-QLC', '770'], ['2022-01-08', '2024-06-28'], 27, {
      named: { code: 'Q3-QLC-2', name: 'Lớp Thạc sĩ Điều hành cao cấp Quản lý công, Quận 3, khóa 2' },
      graduation: { count: 25, on: '2024-06-28' },
      prefers: mostlyManagers,
    }),
    // Fact 1: 41 learners, opened 2023-03-02. The end and the graduates are invented.
    cohort(['THS-CSC', 'TU-BTC'], ['2023-03-02', '2025-05-30'], 41, {
      named: { code: 'TP-CSC-1', name: 'Lớp Thạc sĩ Chính sách công hệ Điều hành cao cấp, khóa 1' },
      graduation: { count: 39, on: '2025-05-30' },
      prefers: mostlyManagers,
    }),
    // Fact 7: that Thủ Đức and UEH designed it is known; days, learners and graduates are invented.
    cohort(['THS-QLC-TD', '769'], ['2022-06-18', '2024-08-30'], 40, {
      named: {
        code: 'TD-QLC-1',
        name: 'Lớp Thạc sĩ Điều hành cao cấp Quản lý công, Thành phố Thủ Đức, khóa 1',
      },
      graduation: { count: 37, on: '2024-08-30' },
      prefers: mostlyManagers,
    }),
    // Fact 11: the secretary and the chairperson of each of the 34 wards, every year again. The days are invented.
    ...['2022-05-16', '2023-05-15', '2024-05-13'].map((startsOn) =>
      cohort(['QLDA-BTCT', '769'], [startsOn, shift(startsOn, 2)], 68, {
        named: {
          code: `TD-QLDA-${startsOn.slice(0, 4)}`,
          name: `Lớp kỹ năng quản lý dự án cho bí thư, chủ tịch 34 phường, Thành phố Thủ Đức, năm ${startsOn.slice(0, 4)}`,
        },
        graduation: { count: 68, on: shift(startsOn, 2) },
      }),
    ),
    // Fact 14: 180 learners in these seven fields together; how they divide, and when, is invented.
    ...(
      [
        ['KH-DL', '2022-10-10'],
        ['KH-YT', '2022-11-07'],
        ['KH-CCHC', '2023-03-13'],
        ['KH-NTM', '2023-05-08'],
        ['KH-NTMTM', '2023-08-14'],
        ['KH-HTCN', '2023-09-11'],
        ['KH-NNCNC', '2023-10-16'],
      ] as const
    ).map(([code, startsOn]) => {
      const programme = programmes.get(code)!;
      return plan(
        programme,
        units.at(programme.host, startsOn),
        { startsOn, endsOn: shift(startsOn, THREE_WEEKS) },
        programme.size,
      );
    }),
  ];
}
