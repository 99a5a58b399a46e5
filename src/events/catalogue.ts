// Event catalogue: the name of every event that can be recorded, followed and shown in the audit trail.
import { Extensions } from 'type-graphql';

/** A noun and what happened to it. docs/events.md lists the mutation that records each and the subscriptions to it. */
export const EVENTS = [
  'unit.opened',
  'unit.closed',
  'unit.transferred',
  'unit.corrected',
  'unit.reopened',
  'unit.removed',
  'position.added',
  'topic.added',
  'official.registered',
  'official.revised',
  'official.assigned',
  'official.recoded',
  'official.merged',
  'official.exempted',
  'official.erased',
  'assignment.ended',
  'assignment.corrected',
  'assignment.removed',
  'university.added',
  'university.revised',
  'partnership.signed',
  'programme.added',
  'programme.revised',
  'cohort.planned',
  'cohort.revised',
  'cohort.opened',
  'cohort.started',
  'cohort.completed',
  'cohort.cancelled',
  'cohort.reopened',
  'cohort.annulled',
  'cohort.graduated',
  'enrolment.nominated',
  'enrolment.decided',
  'enrolment.withdrawn',
  'enrolment.reopened',
  'enrolment.merged',
  'serviceRule.added',
  'serviceRule.ended',
  'commitment.recorded',
  'graduate.recorded',
  'graduate.corrected',
  'graduate.revoked',
  'session.scheduled',
  'session.revised',
  'session.cancelled',
  'session.attended',
  'attendance.recorded',
  'attendance.corrected',
  'requirement.added',
  'requirement.revised',
  'requirement.ended',
  'exemption.revoked',
  'source.named',
  'figure.stated',
  'figure.withdrawn',
  'plan.adopted',
  'plan.revised',
  'document.added',
  'document.linked',
  'document.unlinked',
  'member.added',
  'member.ended',
  'order.requested',
  'order.agreed',
  'order.declined',
  'order.scheduled',
  'order.accepted',
  'order.cancelled',
  'initiative.proposed',
  'initiative.studied',
  'initiative.applied',
  'initiative.rejected',
  'followup.recorded',
  'role.granted',
  'role.revoked',
  'sample.filled',
] as const;

export type EventName = (typeof EVENTS)[number];

/** The nouns in event names. */
export type EventNoun = EventName extends `${infer Noun}.${string}` ? Noun : never;

/** The names of all events of these nouns. */
export function eventsOf(...nouns: EventNoun[]): ReadonlySet<EventName> {
  return new Set(EVENTS.filter((name) => nouns.some((noun) => name.startsWith(`${noun}.`))));
}

/** Declares the events that a mutation may record, or that a subscription sends. */
export const Tells = (names: Iterable<EventName>): MethodDecorator => Extensions({ tells: [...names] });
