// GraphQL fields of enrolments: lists, counts and mutations.
import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Context } from '../../operation/context';
import { listFields, rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
import { type Batch, countsBy, rowsBy } from '../../graphql/reader';
import { isIn } from '../../lib/sql';
import { Cohort } from './cohort.entity';
import { ofCohorts } from './cohort.reads';
import { Official } from '../official/official.entity';
import { ofUnits } from '../unit/unit.reads';
import { decideEnrolments, recordSending, withdrawEnrolment } from './enrolment.actions';
import { nominateOfficials } from './nomination.actions';
import { EarlierNomination, Enrolment, EnrolmentStatus, PARTICIPATING } from './enrolment.entity';
import {
  DecideEnrolmentsInput,
  EnrolmentConnection,
  EnrolmentArgs,
  type EnrolmentFilter,
  NominateOfficialsInput,
  RecordSendingInput,
  WithdrawEnrolmentInput,
} from './enrolment.input';

const enrolments: Listing<Enrolment, EnrolmentFilter> = {
  entity: Enrolment,
  alias: 'enrolment',
  orders: { CREATED_AT: ['createdAt'] },
  usual: { field: 'CREATED_AT', direction: 'ASC' },
  narrow: ({ statuses, unitIds, hostUnitIds, ...filter }) => [
    statuses && isIn('enrolment.status', statuses),
    unitIds && ofUnits('enrolment.unitAtEnrolmentId', { ...filter, unitIds }),
    hostUnitIds &&
      ofCohorts('enrolment.cohortId', ofUnits('host_unit_id', { ...filter, unitIds: hostUnitIds })),
  ],
};
const enrolmentLists = listFields(enrolments, EnrolmentConnection, EnrolmentArgs);

const countEnrolled = countsBy(Enrolment, 'cohortId', isIn('own.status', PARTICIPATING));

@Resolver(() => Cohort)
export class CohortEnrolmentsResolver {
  @FieldResolver(() => Int, {
    description:
      'Participations (lượt): enrolments in ACCEPTED, STUDYING, COMPLETED or NOT_COMPLETED. The rule is ours (số học viên).',
  })
  async enrolledCount(@Root() cohort: Cohort, @Ctx() ctx: Context): Promise<number> {
    return (await ctx.reader.load(countEnrolled, cohort.id)) ?? 0;
  }
}

/** The places of enrolments on the waiting lists of their cohorts. */
const waitingPlaces: Batch<number> = async (manager, ids) => {
  const rows = await manager
    .createQueryBuilder(Enrolment, 'own')
    .innerJoin(
      Enrolment,
      'ahead',
      'ahead.cohortId = own.cohortId AND ahead.waitingNumber <= own.waitingNumber',
    )
    .select('own.id', 'id')
    .addSelect('COUNT(*)', 'place')
    .where('own.id IN (:...ids)', { ids })
    .andWhere('ahead.status = :waitlisted', { waitlisted: EnrolmentStatus.WAITLISTED })
    .groupBy('own.id')
    .getRawMany<{ id: string; place: number | string }>();
  return new Map(rows.map(({ id, place }) => [id, Number(place)]));
};

@Resolver(() => Enrolment)
export class WaitingListResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Place on the waiting list, 1 for the next to move up; null unless WAITLISTED (thứ tự chờ).',
  })
  async waitingPlace(@Root() { id, status }: Enrolment, @Ctx() ctx: Context): Promise<number | null> {
    return status === EnrolmentStatus.WAITLISTED ? ctx.reader.load(waitingPlaces, id) : null;
  }
}

const enrolmentsField = {
  enrolments: {
    type: [Enrolment],
    description: 'Those that you may see, in the order given; empty when refused (lượt tham gia).',
  },
} as const;

export const resolvers = [
  enrolmentLists.of(Cohort, 'enrolments', {
    by: 'enrolment.cohortId',
    description: 'Its enrolments within your reach, oldest first (danh sách tham gia).',
  }),
  enrolmentLists.of(Official, 'enrolments', {
    by: 'enrolment.officialId',
    filtered: false,
    description: 'Their enrolments, oldest first (quá trình đào tạo).',
  }),
  rowsField(Enrolment, 'earlierNominations', {
    type: EarlierNomination,
    load: rowsBy(EarlierNomination, 'enrolmentId', ['place']),
    description: 'Nominations before the present one, oldest first (các lần cử trước).',
  }),
  CohortEnrolmentsResolver,
  WaitingListResolver,
  mutation(nominateOfficials, {
    permission: 'enrolment.nominate',
    description:
      'Sends officials to a cohort, all or none, as of a day; those who were declined or have withdrawn are sent again (cử đi học).',
    input: { type: NominateOfficialsInput, description: 'Who goes where (đầu vào).' },
    payload: { description: 'The enrolments that were nominated (kết quả).', fields: enrolmentsField },
    events: ['enrolment.nominated'],
  }),
  mutation(decideEnrolments, {
    permission: 'enrolment.decide',
    description:
      'Accepts or declines nominations, or puts them on the waiting list, many at once (xét nhận).',
    input: { type: DecideEnrolmentsInput, description: 'The decision (đầu vào).' },
    payload: { description: 'The enrolments that were decided on (kết quả).', fields: enrolmentsField },
    events: ['enrolment.decided'],
  }),
  mutation(recordSending, {
    permission: 'sending.record',
    description:
      'Records the number and day of the decision that sends learners, or corrects them, many at once (quyết định cử đi học).',
    input: { type: RecordSendingInput, description: 'The decision, and whom it sends (đầu vào).' },
    payload: { description: 'The enrolments that the decision is about (kết quả).', fields: enrolmentsField },
    events: ['sending.recorded'],
  }),
  mutation(withdrawEnrolment, {
    permission: 'enrolment.withdraw',
    description:
      'Withdraws an enrolment before the end; a place that becomes free goes to the first who waits (rút tên).',
    input: { type: WithdrawEnrolmentInput, description: 'Which one (đầu vào).' },
    payload: {
      description: 'The enrolment that was withdrawn (kết quả).',
      fields: {
        enrolment: {
          type: Enrolment,
          description: 'The enrolment; null when refused, or hidden from you (lượt tham gia).',
        },
      },
    },
    events: ['enrolment.withdrawn', 'enrolment.movedUp'],
  }),
];
