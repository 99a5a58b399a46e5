// Access policy: every permission of the API, the roles that hold it, and how far each reaches.
import { described } from '../graphql/enums';

export const Role = described('Role', 'A role of a caller in the registry (vai trò).', {
  ADMINISTRATOR: 'Keeps the whole registry (quản trị).',
  UNIT_MANAGER: 'Personnel staff of a unit and all below it (cán bộ tổ chức của đơn vị).',
  UNIVERSITY_REGISTRAR: 'Training office of a university, for the cohorts it delivers (phòng đào tạo).',
  OFFICIAL: 'An official, about their own record (cán bộ, công chức, viên chức).',
  VIEWER: 'Reads data about no person (người xem).',
});
export type Role = keyof typeof Role;

/**
 * How far a permission reaches. scope.ts turns each into an SQL condition for reads and checks.
 * - EVERYTHING: every record.
 * - UNITS: the units of the grant, their named successors, and all below them, with their present staff, the cohorts
 *   they host and the participations of officials they sent.
 * - UNIVERSITIES: the university of the grant, the cohorts it delivers, and their learners.
 * - SELF: one official's own record.
 * - NOTHING: the request is allowed, but matches no rows: lists are empty, a record by its id is null. Without an
 *   entry, the request is FORBIDDEN.
 */
export type Extent = 'EVERYTHING' | 'UNITS' | 'UNIVERSITIES' | 'SELF' | 'NOTHING';

/** A role, or NONE for any valid token, even without a role. */
export type Holder = Role | 'NONE';
export type Rule = Readonly<Partial<Record<Holder, Extent>>>;

/** Data about no person: the catalogue, cohorts with their sizes, units, events. */
const everybody = {
  ADMINISTRATOR: 'EVERYTHING',
  UNIT_MANAGER: 'EVERYTHING',
  UNIVERSITY_REGISTRAR: 'EVERYTHING',
  OFFICIAL: 'EVERYTHING',
  VIEWER: 'EVERYTHING',
} as const satisfies Rule;

/** Data about persons: officials, their posts, enrolments and graduations. */
const persons = {
  ADMINISTRATOR: 'EVERYTHING',
  UNIT_MANAGER: 'UNITS',
  UNIVERSITY_REGISTRAR: 'UNIVERSITIES',
  OFFICIAL: 'SELF',
  VIEWER: 'NOTHING',
} as const satisfies Rule;

const administrators = { ADMINISTRATOR: 'EVERYTHING' } as const satisfies Rule;
const unitManagers = { ADMINISTRATOR: 'EVERYTHING', UNIT_MANAGER: 'UNITS' } as const satisfies Rule;
const registrars = {
  ADMINISTRATOR: 'EVERYTHING',
  UNIVERSITY_REGISTRAR: 'UNIVERSITIES',
} as const satisfies Rule;
const trainers = { ...unitManagers, ...registrars } as const satisfies Rule;
const concerned = { ADMINISTRATOR: 'EVERYTHING', OFFICIAL: 'SELF' } as const satisfies Rule;

/** Permissions are named noun.verb, with the same words as the mutation and the event. */
export const policy = {
  'about.read': everybody,
  'viewer.read': { ...everybody, NONE: 'EVERYTHING' },
  'node.read': everybody, // each record by the permission of its own noun
  'event.read': everybody,
  'event.identify': administrators, // see the actor of an event
  'statistics.read': everybody,
  'statistics.reveal': { ...persons, OFFICIAL: 'NOTHING' }, // see figures about fewer than five persons

  'source.read': everybody,
  'source.name': trainers, // for records that the caller may change

  'role.grant': administrators,
  'role.revoke': administrators,
  'role.read': administrators,

  'audit.read': administrators,
  'access.read': concerned, // see who read the data of a person
  'official.export': concerned,
  'official.erase': administrators,

  'unit.read': everybody,
  'unit.open': administrators,
  'unit.reorganise': administrators,
  'unit.correct': administrators,
  'unit.callOff': administrators,

  'position.read': everybody,
  'position.add': administrators,
  'position.revise': administrators,

  'official.read': persons,
  'official.register': unitManagers,
  'official.revise': unitManagers,
  'official.assign': unitManagers,
  'official.move': unitManagers,
  'official.recode': unitManagers,
  'official.merge': unitManagers, // both of own staff
  'assignment.end': unitManagers,
  'assignment.correct': unitManagers,
  'assignment.remove': unitManagers,

  'university.read': everybody,
  'university.add': administrators,
  'university.revise': registrars,

  'topic.read': everybody,
  'topic.add': administrators,
  'topic.revise': administrators,

  'partnership.sign': unitManagers,
  'partnership.revise': unitManagers,
  'partnership.end': unitManagers,

  'programme.read': everybody,
  'programme.add': trainers,
  'programme.revise': trainers,

  'cohort.read': everybody,
  'cohort.follow': everybody,
  'cohort.plan': unitManagers,
  'cohort.revise': unitManagers,
  'cohort.open': unitManagers,
  'cohort.start': trainers,
  'cohort.complete': trainers,
  'cohort.cancel': unitManagers,
  'cohort.reopen': trainers, // a step back for those who may make the step
  'cohort.annul': unitManagers,

  'plan.read': everybody,
  'plan.follow': everybody,
  'plan.adopt': unitManagers,
  'plan.revise': unitManagers,

  'document.read': everybody,
  'document.add': administrators,
  'document.revise': administrators,
  'document.link': administrators,
  'document.unlink': administrators,

  'member.add': administrators,
  'member.correct': administrators,
  'member.end': administrators,

  'figure.read': everybody,
  'figure.state': unitManagers,
  'figure.withdraw': unitManagers,
  'order.read': everybody,
  'order.follow': everybody,
  'order.request': unitManagers,
  'order.revise': unitManagers,
  'order.agree': registrars,
  'order.decline': registrars,
  'order.schedule': trainers,
  'order.accept': unitManagers,
  'order.cancel': unitManagers,

  'enrolment.read': persons,
  'enrolment.nominate': unitManagers,
  'enrolment.decide': trainers,
  'enrolment.withdraw': trainers,
  'sending.record': unitManagers,

  'requirement.read': everybody,
  'requirement.add': unitManagers,
  'requirement.revise': unitManagers,
  'requirement.end': unitManagers,
  'official.exempt': unitManagers, // own staff only, whichever unit set the requirement
  'compliance.read': unitManagers,
  'compliance.follow': unitManagers,

  'session.schedule': trainers,
  'session.revise': trainers,
  'session.cancel': trainers,
  'attendance.record': trainers,
  'attendance.correct': trainers,
  'serviceRule.read': everybody,
  'serviceRule.add': administrators,
  'serviceRule.end': administrators,

  'commitment.read': { ...persons, UNIVERSITY_REGISTRAR: 'NOTHING' }, // service is owed to units, not to universities
  'commitment.record': unitManagers,
  'commitment.correct': unitManagers,
  'commitment.discharge': unitManagers,
  'commitment.reopen': unitManagers,
  'repayment.record': unitManagers,
  'repayment.withdraw': unitManagers,

  'graduate.read': persons,
  'graduate.follow': everybody, // that a cohort has a new graduate; the person needs graduate.read
  'graduate.record': trainers, // who hosts a cohort that no university delivers; else the university
  'graduate.correct': trainers,
  'graduate.revoke': trainers,

  'credential.verify': everybody, // what the paper says itself, for whoever is shown it

  'initiative.read': everybody, // the proposal and its unit; the authors need enrolment.read
  'initiative.follow': everybody,
  'initiative.propose': trainers,
  'initiative.study': unitManagers,
  'initiative.apply': unitManagers,
  'initiative.reject': unitManagers,
  'followup.record': trainers, // reading one needs graduate.read
  'followup.correct': trainers,
} as const satisfies Record<string, Rule>;

export type Permission = keyof typeof policy;
