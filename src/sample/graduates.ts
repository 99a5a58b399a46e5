// Graduates of the sample: degrees and certificates, and theses of some master's graduates.
import { idFromName } from '../lib/ids';
import { credentialKey } from '../lib/texts';
import type { Cohort } from '../registry/cohort/cohort.entity';
import type { Enrolment } from '../registry/cohort/enrolment.entity';
import { Classification, type Graduate, type ThesisTopic } from '../registry/graduate/graduate.entity';
import { ProgrammeKind } from '../registry/programme/programme.enums';
import { isDistrictLevel } from './audiences';
import type { RowOf } from './bulk-insert';
import { idOfTopic } from './catalogue';
import { type CohortPlan, graduationDay } from './cohorts';
import { Random } from './random';
import { makeTheses, NO_THESIS } from './theses';
import { CITY_CODE, type SampleUnits } from './units';

const DEGREE_GRADES = [
  [Classification.GOOD, 50],
  [Classification.VERY_GOOD, 35],
  [Classification.EXCELLENT, 10],
  [Classification.AVERAGE, 5],
] as const;
const CERTIFICATE_GRADES = [
  [Classification.GOOD, 45],
  [Classification.PASS, 25],
  [Classification.VERY_GOOD, 25],
  [Classification.EXCELLENT, 5],
] as const;

export class GraduateRegister {
  readonly graduates: RowOf<Graduate>[] = [];
  readonly thesisTopics: RowOf<ThesisTopic>[] = [];
  private readonly random = new Random('graduates');

  constructor(private readonly units: SampleUnits) {}

  /** @param enrolments those of a cohort that were completed. */
  add(plan: CohortPlan, cohort: RowOf<Cohort>, enrolments: RowOf<Enrolment>[]): void {
    const { kind } = plan.programme.row;
    const isDegree = kind === ProgrammeKind.DEGREE;
    // An exchange ends without a certificate.
    const certified = kind !== ProgrammeKind.EXCHANGE;
    const place = isDistrictLevel(plan.host) ? plan.host : this.units.at(CITY_CODE, plan.startsOn);
    const theses = isDegree ? makeTheses(this.random, place) : [];
    for (const [i, enrolment] of enrolments.entries()) {
      const credentialNumber = certified ? `${cohort.code}/${String(i + 1).padStart(3, '0')}` : null;
      const id = idFromName('graduate', enrolment.id);
      const { columns, topics } = theses[i] ?? NO_THESIS;
      this.graduates.push({
        id,
        enrolmentId: enrolment.id,
        cohortId: cohort.id,
        officialId: enrolment.officialId,
        unitId: enrolment.unitAtEnrolmentId,
        graduatedOn: graduationDay(plan),
        credentialNumber,
        credentialKey: credentialNumber && credentialKey(credentialNumber),
        classification: certified
          ? this.random.weighted(isDegree ? DEGREE_GRADES : CERTIFICATE_GRADES)
          : null,
        ...columns,
        createdAt: enrolment.updatedAt,
        revokedAt: null,
        revocationReason: null,
        decisionNumber: null,
        decidedOn: null,
      });
      for (const topic of topics) this.thesisTopics.push({ graduateId: id, topicId: idOfTopic(topic) });
    }
  }
}
