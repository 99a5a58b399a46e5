// GraphQL fields of follow-ups: those of a graduate, and the mutation.
import { rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { rowsBy } from '../../graphql/reader';
import { Graduate } from '../graduate/graduate.entity';
import { correctFollowUp, recordFollowUp } from './follow-up.actions';
import { FollowUp } from './follow-up.entity';
import { CorrectFollowUpInput, RecordFollowUpInput } from './initiative.input';

const byGraduate = rowsBy(FollowUp, 'graduateId', ['recordedOn', 'id']);

export const resolvers = [
  rowsField(Graduate, 'followUps', {
    type: FollowUp,
    load: byGraduate,
    description: 'Follow-ups after 3, 6 and 12 months, oldest first (theo dõi sau khi hoàn thành).',
  }),
  mutation(recordFollowUp, {
    permission: 'followup.record',
    description:
      'Records whether a graduate applies the training 3, 6 or 12 months later (ghi nhận theo dõi sau khi hoàn thành).',
    input: { type: RecordFollowUpInput, description: 'Which graduate, and the answer (đầu vào).' },
    payload: {
      description: 'The follow-up that was recorded (kết quả).',
      fields: { followUp: { type: FollowUp, description: 'The follow-up; null when refused (theo dõi).' } },
    },
    events: ['followup.recorded'],
  }),
  mutation(correctFollowUp, {
    permission: 'followup.correct',
    description: 'Corrects a follow-up that was recorded wrongly (đính chính theo dõi sau tốt nghiệp).',
    input: { type: CorrectFollowUpInput, description: 'What was wrong, and why (đầu vào).' },
    payload: {
      description: 'The follow-up as corrected (kết quả).',
      fields: { followUp: { type: FollowUp, description: 'The follow-up; null when refused (theo dõi).' } },
    },
    events: ['followup.corrected'],
  }),
];
