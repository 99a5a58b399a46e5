// What can be asked of follow-ups? Those of the graduates within reach.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import { rowsBy } from '../../graphql/reader';
import { Graduate } from '../graduate/graduate.entity';
import { recordFollowUp } from './follow-up.actions';
import { FollowUp } from './follow-up.entity';
import { RecordFollowUpInput } from './initiative.input';

const byGraduate = rowsBy(FollowUp, 'graduateId', ['recordedOn', 'id']);

@Resolver(() => Graduate)
export class GraduateFollowUpsResolver {
  @FieldResolver(() => [FollowUp], {
    description: 'What came of it 3, 6 and 12 months later, oldest first (theo dõi sau tốt nghiệp).',
  })
  async followUps(@Root() graduate: Graduate, @Ctx() ctx: Context): Promise<FollowUp[]> {
    return (await ctx.reader.load(byGraduate, graduate.id)) ?? [];
  }
}

export const resolvers = [
  GraduateFollowUpsResolver,
  mutation(recordFollowUp, {
    may: 'followup.record',
    does: 'Records what a graduate makes of the training 3, 6 or 12 months later (ghi nhận theo dõi sau tốt nghiệp).',
    takes: [RecordFollowUpInput, 'Of whom, and what (đầu vào).'],
    gives: { followUp: [FollowUp, 'The follow-up; null when refused (theo dõi).'] },
    answers: 'The follow-up that was recorded (kết quả).',
    tells: ['followup.recorded'],
  }),
];
