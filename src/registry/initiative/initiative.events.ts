// Events of initiatives: the subscription and the query that pulls them.
import { eventStream } from '../../events/event-stream';
import { Initiative } from './initiative.entity';

const { resolver } = eventStream({
  name: 'Initiative',
  noun: 'an initiative',
  vi: 'sự kiện sáng kiến',
  permission: 'initiative.follow',
  query: 'initiativeEvents',
  subscription: {
    name: 'initiativeChanged',
    description: 'An initiative was proposed, studied, applied or rejected (theo dõi sáng kiến)',
  },
  kinds: {
    PROPOSED: { events: ['initiative.proposed'], description: 'It was proposed (đề xuất).' },
    STUDIED: { events: ['initiative.studied'], description: 'The unit studies it (nghiên cứu).' },
    APPLIED: { events: ['initiative.applied'], description: 'It is applied (áp dụng).' },
    REJECTED: { events: ['initiative.rejected'], description: 'It is not applied (không áp dụng).' },
  },
  record: {
    field: 'initiative',
    type: Initiative,
    description: 'The initiative as it is now (sáng kiến).',
  },
});

export const resolvers = [resolver];
