// What may a caller do? Their roles, from grants in the database and from the token, with the reach of each.
import { type Extent, type Holder, type Permission, policy, type Role, type Rule } from './policy';
import { type Reach, Scope } from './scope';

/** A role that somebody holds now, and where. */
export interface HeldRole {
  role: Role;
  /** The unit of a UNIT_MANAGER and the successors that the grant names. */
  unitIds: string[];
  /** The university of a UNIVERSITY_REGISTRAR. */
  universityId: string | null;
  /** The record of an OFFICIAL. */
  officialId: string | null;
  /** The grant it comes from; null for a role that the token claims, and for that of a stranger. */
  grantId: string | null;
  /** Last day; null without end. */
  until: string | null;
}

export class Actor {
  constructor(
    /** The token's subject; null for a stranger. */
    readonly subject: string | null,
    readonly roles: readonly HeldRole[],
    /** The day in the city on which the roles are held. */
    private readonly today: string,
    /** When the token ends; null for a stranger. */
    readonly expiresAt: Date | null = null,
  ) {}

  /** Whether some role, or the token alone, holds the permission at all. */
  may(permission: Permission): boolean {
    return this.extents(permission).length > 0;
  }

  /** How far the permission reaches: the reaches of all roles that hold it, together. */
  reach(permission: Permission): Reach {
    const held = this.extents(permission);
    const of = (extent: Extent) => held.filter((each) => each.extent === extent).map(({ role }) => role);
    return {
      everything: of('EVERYTHING').length > 0,
      unitIds: of('UNITS').flatMap((role) => role?.unitIds ?? []),
      universityIds: of('UNIVERSITIES').flatMap((role) => role?.universityId ?? []),
      officialIds: of('SELF').flatMap((role) => role?.officialId ?? []),
    };
  }

  /** The reach of a permission as SQL. */
  scope(permission: Permission): Scope {
    return new Scope(this.reach(permission), this.today);
  }

  private extents(permission: Permission): { extent: Extent; role: HeldRole | null }[] {
    const rule: Rule = policy[permission];
    const token: [Holder, null][] = this.subject === null ? [] : [['NONE', null]];
    const roles = this.roles.map((role): [Holder, HeldRole] => [role.role, role]);
    return [...roles, ...token].flatMap(([holder, role]) => {
      const extent = rule[holder];
      return extent ? [{ extent, role }] : [];
    });
  }
}

/** What a caller without a token is: a viewer, or nobody at all. */
export function stranger(anonymous: Role | null, today: string): Actor {
  const viewer = { unitIds: [], universityId: null, officialId: null, grantId: null, until: null };
  return new Actor(null, anonymous ? [{ role: anonymous, ...viewer }] : [], today);
}
