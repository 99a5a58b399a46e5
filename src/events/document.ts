// Writes docs/events.md: every event of the log, the mutation that records it, and the subscriptions that send it.
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { permissionOf } from '../access/gate';
import { EVENTS, type EventName } from './catalogue';

/** Recorded when the sample city is filled in; no mutation records it. */
const OF_THE_SAMPLE: EventName = 'sample.filled';

/**
 * The text of docs/events.md.
 * @throws Error when no mutation declares that it records an event: then the event does not belong in the catalogue,
 *   or the declaration is missing.
 */
export function eventsDocument(schema: GraphQLSchema): string {
  const mutations = fieldsWithEvents(schema.getMutationType()!);
  const subscriptions = fieldsWithEvents(schema.getSubscriptionType()!);
  const rows = EVENTS.filter((name) => name !== OF_THE_SAMPLE).map((name) => {
    const recordedBy = mutations.filter(({ events }) => events.includes(name));
    if (recordedBy.length === 0) throw new Error(`No mutation says that it records ${name}.`);
    return [
      `\`${name}\``,
      recordedBy.map(({ field, permission }) => `\`${field}\` (\`${permission}\`)`).join(', '),
      subscriptions
        .filter(({ events }) => events.includes(name))
        .map(({ field }) => `\`${field}\``)
        .join(', ') || '–',
    ];
  });
  const table = [['event', 'recorded by (permission)', 'sent by'], ['---', '---', '---'], ...rows];
  return `# Events

Generated from \`src/events/catalogue.ts\` and the schema by \`npm run schema\`; do not edit.

Each event of the log, as noun and verb: \`auditTrail\` shows these names in \`action\`. A subscription to a noun sends the event itself; a subscription to figures sends the figures again, because the event may have changed them. \`${OF_THE_SAMPLE}\` is recorded when the sample city is filled in, before the server listens.

${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
`;
}

function fieldsWithEvents(root: GraphQLObjectType) {
  return Object.values(root.getFields()).flatMap((field) => {
    const { events } = field.extensions as { events?: readonly EventName[] };
    return events ? [{ field: field.name, permission: permissionOf(field), events }] : [];
  });
}
