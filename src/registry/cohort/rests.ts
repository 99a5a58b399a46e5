// What rests on a cohort: other records that a correction of the cohort would break, and the refusal that names them.
import type { Tx } from '../../events/write';
import { type Path, refuse } from '../../graphql/errors';
import type { Text } from '../../lib/locale';
import { type Sql, sql } from '../../lib/sql';
import type { Cohort } from './cohort.entity';

/** Reads tables by name: the folders of these records import this one. `:id` is the cohort. */
const KINDS = {
  nominations: [
    (id) =>
      sql`SELECT 1 FROM enrolment WHERE cohort_id = ${id} AND status IN ('NOMINATED', 'WAITLISTED', 'ACCEPTED')`,
    {
      vi: 'người được cử; vui lòng rút tên hoặc xét trước',
      en: 'nominations; withdraw or decline them first',
    },
  ],
  graduates: [
    (id) => sql`SELECT 1 FROM graduate WHERE cohort_id = ${id} AND revoked_at IS NULL`,
    { vi: 'người hoàn thành, tốt nghiệp; vui lòng thu hồi trước', en: 'graduates; revoke them first' },
  ],
  attendance: [
    (id) => sql`SELECT 1 FROM attendance JOIN session ON session.id = attendance.session_id
      WHERE session.cohort_id = ${id} AND session.cancelled_at IS NULL`,
    {
      vi: 'lượt điểm danh; vui lòng hủy các buổi học trước',
      en: 'entries of attendance; cancel the sessions first',
    },
  ],
  commitments: [
    (id) => sql`SELECT 1 FROM service_commitment owed JOIN enrolment ON enrolment.id = owed.enrolment_id
      WHERE enrolment.cohort_id = ${id}`,
    { vi: 'cam kết phục vụ của học viên', en: 'commitments of its learners' },
  ],
  order: [
    (
      id,
    ) => sql`SELECT 1 FROM training_order_cohort link JOIN training_order ON training_order.id = link.order_id
      WHERE link.cohort_id = ${id} AND training_order.status IN ('RUNNING', 'ACCEPTED')`,
    { vi: 'đặt hàng đào tạo', en: 'training order' },
  ],
  acceptedOrder: [
    (
      id,
    ) => sql`SELECT 1 FROM training_order_cohort link JOIN training_order ON training_order.id = link.order_id
      WHERE link.cohort_id = ${id} AND training_order.status = 'ACCEPTED'`,
    { vi: 'đặt hàng đã nghiệm thu', en: 'training order that was accepted' },
  ],
} satisfies Record<string, [rows: (cohortId: string) => Sql, what: Text]>;

export type Resting = keyof typeof KINDS;

/** Refuses at `path` where records of these kinds rest on the cohort. */
export async function refuseRests(
  tx: Tx,
  { id, code }: Cohort,
  kinds: readonly Resting[],
  path: Path = ['cohortId'],
): Promise<void> {
  for (const kind of kinds) {
    const [rows, what] = KINDS[kind];
    const [text, parameters] = sql`(${rows(id)})`.named();
    const found = await tx.manager
      .createQueryBuilder()
      .select('COUNT(*)', 'total')
      .from(text, 'resting')
      .setParameters(parameters)
      .getRawOne<{ total: number | string }>();
    const total = Number(found!.total);
    if (total === 0) continue;
    refuse('CONFLICT', path, {
      vi: `Lớp ${code} có ${total} ${what.vi}.`,
      en: `The cohort ${code} has ${total} ${what.en}.`,
    });
  }
}
