// Who may do what? Every permission of the API, and the roles that hold it.
import { registerEnumType } from 'type-graphql';

export enum Role {
  ADMINISTRATOR = 'ADMINISTRATOR',
  UNIT_MANAGER = 'UNIT_MANAGER',
  UNIVERSITY_REGISTRAR = 'UNIVERSITY_REGISTRAR',
  VIEWER = 'VIEWER',
}
registerEnumType(Role, {
  name: 'Role',
  description: 'What somebody is to the registry (vai trò).',
  valuesConfig: {
    ADMINISTRATOR: { description: 'Keeps the whole registry (quản trị).' },
    UNIT_MANAGER: { description: 'Personnel staff of a unit (cán bộ tổ chức của đơn vị).' },
    UNIVERSITY_REGISTRAR: { description: 'Training office of a university (phòng đào tạo).' },
    VIEWER: { description: 'Reads (người xem).' },
  },
});

const everybody = [Role.ADMINISTRATOR, Role.UNIT_MANAGER, Role.UNIVERSITY_REGISTRAR, Role.VIEWER];
const administrators = [Role.ADMINISTRATOR];
const unitManagers = [Role.ADMINISTRATOR, Role.UNIT_MANAGER];
const registrars = [Role.ADMINISTRATOR, Role.UNIVERSITY_REGISTRAR];
const trainers = [Role.ADMINISTRATOR, Role.UNIT_MANAGER, Role.UNIVERSITY_REGISTRAR];

/** A permission is a noun and a verb; the mutation and the event of the same act share them. */
export const policy = {
  'about.read': everybody,
  'node.read': everybody,
  'event.read': everybody,
  'event.identify': administrators, // see who did it
  'statistics.read': everybody,

  'unit.read': everybody,
  'unit.open': administrators,
  'unit.reorganise': administrators,

  'position.read': everybody,
  'position.add': administrators,

  'official.read': everybody,
  'official.register': unitManagers,
  'official.revise': unitManagers,
  'official.assign': unitManagers,
  'assignment.end': unitManagers,

  'university.read': everybody,
  'university.add': administrators,
  'university.revise': registrars,

  'topic.read': everybody,
  'topic.add': administrators,

  'partnership.sign': unitManagers,

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

  'enrolment.nominate': unitManagers,
  'enrolment.decide': trainers,
  'enrolment.withdraw': trainers,

  'graduate.read': everybody,
  'graduate.follow': everybody,
  'graduate.record': registrars,
  'graduate.correct': registrars,
  'graduate.revoke': registrars,
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof policy;
