// GraphQL inputs of sessions and attendance.
import { Field, ID, InputType } from 'type-graphql';
import { VersionRead } from '../../events/revision';
import { MutationInput, WarnedInput } from '../../events/mutation';
import { connectionOf } from '../../graphql/page';
import { DateScalar, PeriodsScalar } from '../../graphql/scalars';
import { NotBefore, IdOf, Size, Whole, Words, ValidateNested } from '../../graphql/validation';
import { Attendance, Session } from './session.entity';

/** A week has 40 teaching periods; no day has more. */
const MOST_PERIODS_A_SESSION = 40;

export const SessionConnection = connectionOf(() => Session, 'Session', 'buổi học');
export const AttendanceConnection = connectionOf(() => Attendance, 'Attendance', 'chuyên cần');

@InputType({ description: 'The stay abroad that a session is part of (thời gian ở nước ngoài).' })
export class StayAbroadInput {
  @Field(() => String, { description: 'The country (nước).' })
  @Words(100)
  country!: string;

  @Field(() => DateScalar, { description: 'First day abroad (từ ngày).' })
  from!: string;

  @Field(() => DateScalar, { description: 'Last day abroad (đến ngày).' })
  @NotBefore('from')
  to!: string;
}

@InputType({ description: 'Schedules a session of a cohort (lên lịch buổi học).' })
export class ScheduleSessionInput extends WarnedInput {
  @Field(() => ID, { description: 'A cohort that was not cancelled (lớp).' })
  @IdOf('cohort')
  cohortId!: string;

  @Field(() => DateScalar, { description: "The day, within the cohort's days (ngày học)." })
  heldOn!: string;

  @Field(() => PeriodsScalar, { description: 'Teaching periods (số tiết).' })
  @Whole(1, MOST_PERIODS_A_SESSION)
  periods!: number;

  @Field(() => String, { description: 'Where it is held (địa điểm).' })
  @Words(300)
  place!: string;

  @Field(() => StayAbroadInput, {
    nullable: true,
    description: 'Left out when it is held in Viet Nam (ở nước ngoài).',
  })
  @ValidateNested()
  abroad?: StayAbroadInput | null;
}

@InputType({ description: 'Revises a session; what is left out stays (điều chỉnh buổi học).' })
export class ReviseSessionInput extends WarnedInput {
  @Field(() => ID, { description: 'A session that was not cancelled (buổi học).' })
  @IdOf('session')
  sessionId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: "The day, within the cohort's days; null is refused (ngày học).",
  })
  heldOn?: string | null;

  @Field(() => PeriodsScalar, { nullable: true, description: 'Teaching periods; null is refused (số tiết).' })
  @Whole(1, MOST_PERIODS_A_SESSION, { optional: true })
  periods?: number | null;

  @Field(() => String, { nullable: true, description: 'Where it is held; null is refused (địa điểm).' })
  @Words(300, { optional: true })
  place?: string | null;

  @Field(() => StayAbroadInput, {
    nullable: true,
    description: 'Null moves it back to Viet Nam (ở nước ngoài).',
  })
  @ValidateNested()
  abroad?: StayAbroadInput | null;
}

@InputType({ description: 'Cancels a session (hủy buổi học).' })
export class CancelSessionInput extends MutationInput {
  @Field(() => ID, { description: 'The session (buổi học).' })
  @IdOf('session')
  sessionId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'How much of a session one learner attended (chuyên cần).' })
export class AttendanceInput {
  @Field(() => ID, { description: 'A learner of the cohort (học viên).' })
  @IdOf('official')
  officialId!: string;

  @Field(() => PeriodsScalar, {
    nullable: true,
    description: 'Teaching periods attended: all when left out, 0 for who was absent (số tiết tham dự).',
  })
  @Whole(0, MOST_PERIODS_A_SESSION, { optional: true })
  periods?: number | null;
}

@InputType({ description: 'Records who attended a session, all at once (điểm danh).' })
export class RecordAttendanceInput extends WarnedInput {
  @Field(() => ID, { description: 'A session that has been held (buổi học).' })
  @IdOf('session')
  sessionId!: string;

  @Field(() => [AttendanceInput], { description: 'Learners, each once (danh sách).' })
  @Size(1)
  @ValidateNested()
  attendance!: AttendanceInput[];
}

@InputType({ description: 'What one learner attended after all (đính chính chuyên cần).' })
export class AttendanceCorrectionInput {
  @Field(() => ID, { description: 'An official with recorded attendance (học viên).' })
  @IdOf('official')
  officialId!: string;

  @Field(() => PeriodsScalar, {
    description: 'Teaching periods attended, 0 for who was absent (số tiết tham dự).',
  })
  @Whole(0, MOST_PERIODS_A_SESSION)
  periods!: number;
}

@InputType({
  description: 'Corrects who attended how much of a session, all at once (đính chính điểm danh).',
})
export class CorrectAttendanceInput extends WarnedInput {
  @Field(() => ID, { description: 'A session that was not cancelled (buổi học).' })
  @IdOf('session')
  sessionId!: string;

  @Field(() => [AttendanceCorrectionInput], {
    description: 'The attendance to correct, each official once; others stay (danh sách).',
  })
  @Size(1)
  @ValidateNested()
  attendance!: AttendanceCorrectionInput[];
}
