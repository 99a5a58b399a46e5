// Service rules and commitments of the sample, for Quận 7's master's cohort; the costs are invented.
import { holdsOn } from '../lib/dates';
import { idFromName } from '../lib/ids';
import type { Cohort } from '../registry/cohort/cohort.entity';
import { termsOf } from '../registry/commitment/commitment.actions';
import type { ServiceCommitment, ServiceRule } from '../registry/commitment/commitment.entity';
import { monthsBegun } from '../registry/commitment/compensation';
import type { Enrolment } from '../registry/cohort/enrolment.entity';
import type { OfficialCategory } from '../registry/official/official.entity';
import type { RowOf } from './bulk-insert';
import { readData } from './read-data';

const COHORT = 'Q7-QLC-1';
const COST = 60_000_000;

type RuleColumn =
  'category' | 'valid_from' | 'valid_to' | 'multiple' | 'maximum_age' | 'years_before' | 'source';

/** The rules that were read in a source; there is none for cadres, of whom no text was at hand. */
export function readServiceRules(): RowOf<ServiceRule>[] {
  return readData<RuleColumn>('service-rules.csv').map((row) => ({
    id: idFromName('servicerule', `${row.category}@${row.valid_from}`),
    category: row.category as OfficialCategory,
    validFrom: row.valid_from,
    validTo: row.valid_to || null,
    multiple: Number(row.multiple),
    maximumAge: row.maximum_age ? Number(row.maximum_age) : null,
    yearsBefore: row.years_before ? Number(row.years_before) : null,
    source: row.source,
  }));
}

export function serviceCommitments(
  rules: RowOf<ServiceRule>[],
  cohorts: RowOf<Cohort>[],
  enrolments: RowOf<Enrolment>[],
): RowOf<ServiceCommitment>[] {
  const cohort = cohorts.find(({ code }) => code === COHORT)!;
  const studyMonths = monthsBegun(cohort.startsOn, cohort.endsOn!);
  return enrolments.flatMap((enrolment) => {
    if (enrolment.cohortId !== cohort.id) return [];
    const rule = rules.find(
      (each) => each.category === enrolment.categoryAtEnrolment && holdsOn(each, cohort.startsOn),
    );
    if (!rule) return [];
    return {
      id: idFromName('commitment', enrolment.id),
      enrolmentId: enrolment.id,
      officialId: enrolment.officialId,
      unitId: enrolment.unitAtEnrolmentId,
      ruleId: rule.id,
      studyMonths,
      ...termsOf(cohort, rule, studyMonths),
      cost: COST,
      status: 'RUNNING',
      endedOn: null,
      endingReason: null,
      version: 1,
      createdAt: enrolment.createdAt,
    };
  });
}
