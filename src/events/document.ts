// docs/events.md: every event of the log, the mutation that records it, and the subscriptions that tell of it.
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { permissionOf } from '../access/gate';
import { EVENTS, type EventName } from './catalogue';

/** What the sample city records of itself; no mutation does. */
const OF_THE_SAMPLE: EventName = 'sample.filled';

/**
 * The whole document, as it is committed.
 * @throws when an event is recorded by no mutation: then it does not belong in the catalogue, or the mutation does not
 *   say that it tells it.
 */
export function eventsDocument(schema: GraphQLSchema): string {
  const mutations = tellers(schema.getMutationType()!);
  const subscriptions = tellers(schema.getSubscriptionType()!);
  const rows = EVENTS.filter((name) => name !== OF_THE_SAMPLE).map((name) => {
    const recordedBy = mutations.filter(({ tells }) => tells.includes(name));
    if (recordedBy.length === 0) throw new Error(`No mutation says that it records ${name}.`);
    return [
      `\`${name}\``,
      recordedBy.map(({ field, may }) => `\`${field}\` (\`${may}\`)`).join(', '),
      subscriptions
        .filter(({ tells }) => tells.includes(name))
        .map(({ field }) => `\`${field}\``)
        .join(', ') || '–',
    ];
  });
  const table = [['event', 'recorded by (permission)', 'told by'], ['---', '---', '---'], ...rows];
  return `# Events

Generated from \`src/events/catalogue.ts\` and the schema by \`npm run schema\`; do not edit.

Each event of the log, as noun and verb: \`auditTrail\` shows these names in \`action\`. A subscription to a noun tells of the event itself; one to figures sends them again, as the event may have moved them. \`${OF_THE_SAMPLE}\` is recorded when the sample city is filled in, before the server listens.

${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
`;
}

function tellers(root: GraphQLObjectType) {
  return Object.values(root.getFields()).flatMap((field) => {
    const { tells } = field.extensions as { tells?: readonly EventName[] };
    return tells ? [{ field: field.name, may: permissionOf(field), tells }] : [];
  });
}
