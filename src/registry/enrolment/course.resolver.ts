// Which steps of a cohort can be asked for that its learners feel?
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { Cohort } from '../cohort/cohort.entity';
import {
  CancelCohortInput,
  CancelCohortPayload,
  CompleteCohortInput,
  CompleteCohortPayload,
  ReviseCohortInput,
  ReviseCohortPayload,
  StartCohortInput,
  StartCohortPayload,
} from '../cohort/cohort.input';
import { cancelCohort, completeCohort, reviseCohort, startCohort } from './course.actions';

@Resolver(() => Cohort)
export class CourseResolver {
  @May('cohort.revise')
  @Mutation(() => ReviseCohortPayload, {
    description: 'Revises a cohort that has not ended (điều chỉnh lớp).',
  })
  reviseCohort(
    @Arg('input', () => ReviseCohortInput, { description: 'What changes (đầu vào).' })
    input: ReviseCohortInput,
    @Ctx() ctx: Context,
  ): Promise<ReviseCohortPayload> {
    return write(ctx, ReviseCohortPayload, input, reviseCohort);
  }

  @May('cohort.start')
  @Mutation(() => StartCohortPayload, {
    description: 'Starts a cohort: accepted learners study (khai giảng).',
  })
  startCohort(
    @Arg('input', () => StartCohortInput, { description: 'Which cohort (đầu vào).' }) input: StartCohortInput,
    @Ctx() ctx: Context,
  ): Promise<StartCohortPayload> {
    return write(ctx, StartCohortPayload, input, startCohort);
  }

  @May('cohort.complete')
  @Mutation(() => CompleteCohortPayload, {
    description:
      'Ends a cohort: learners who have not graduated become NOT_COMPLETED; a ceremony held later still completes them (bế giảng).',
  })
  completeCohort(
    @Arg('input', () => CompleteCohortInput, { description: 'Which cohort (đầu vào).' })
    input: CompleteCohortInput,
    @Ctx() ctx: Context,
  ): Promise<CompleteCohortPayload> {
    return write(ctx, CompleteCohortPayload, input, completeCohort);
  }

  @May('cohort.cancel')
  @Mutation(() => CancelCohortPayload, {
    description: 'Calls a cohort off; its enrolments become WITHDRAWN (hủy lớp).',
  })
  cancelCohort(
    @Arg('input', () => CancelCohortInput, { description: 'Which cohort, and why (đầu vào).' })
    input: CancelCohortInput,
    @Ctx() ctx: Context,
  ): Promise<CancelCohortPayload> {
    return write(ctx, CancelCohortPayload, input, cancelCohort);
  }
}
