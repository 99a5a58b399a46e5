// Events of initiatives: the subscription and the query that pulls them.
import { eventStream } from '../../events/event-stream';
import { Initiative } from './initiative.entity';

const { resolver } = eventStream({
  name: 'Initiative',
  of: 'an initiative',
  vi: 'sự kiện sáng kiến',
  may: 'initiative.follow',
  pulled: 'initiativeEvents',
  live: 'initiativeChanged',
  says: 'An initiative was proposed, studied, applied or rejected (theo dõi sáng kiến)',
  kinds: {
    PROPOSED: [['initiative.proposed'], 'It was proposed (đề xuất).'],
    STUDIED: [['initiative.studied'], 'The unit studies it (nghiên cứu).'],
    APPLIED: [['initiative.applied'], 'It is applied (áp dụng).'],
    REJECTED: [['initiative.rejected'], 'It is not applied (không áp dụng).'],
  },
  shows: {
    as: 'initiative',
    type: Initiative,
    description: 'The initiative as it is now (sáng kiến).',
  },
});

export const resolvers = [resolver];
