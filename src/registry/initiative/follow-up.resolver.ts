// GraphQL fields of follow-ups: those of a graduate, and the mutation.
import { rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { rowsBy } from '../../graphql/reader';
import { Graduate } from '../graduate/graduate.entity';
import { recordFollowUp } from './follow-up.actions';
import { FollowUp } from './follow-up.entity';
import { RecordFollowUpInput } from './initiative.input';

const byGraduate = rowsBy(FollowUp, 'graduateId', ['recordedOn', 'id']);

export const resolvers = [
  rowsField(Graduate, 'followUps', {
    gives: FollowUp,
    load: byGraduate,
    description: 'What came of it 3, 6 and 12 months later, oldest first (theo dõi sau tốt nghiệp).',
  }),
  mutation(recordFollowUp, {
    may: 'followup.record',
    does: 'Records what a graduate makes of the training 3, 6 or 12 months later (ghi nhận theo dõi sau tốt nghiệp).',
    takes: [RecordFollowUpInput, 'Of whom, and what (đầu vào).'],
    gives: { followUp: [FollowUp, 'The follow-up; null when refused (theo dõi).'] },
    answers: 'The follow-up that was recorded (kết quả).',
    tells: ['followup.recorded'],
  }),
];
