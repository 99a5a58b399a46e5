// Actor: a caller with the roles held now, from grants in the database and from the token, and the reach of each.
import { type Extent, type Holder, type Permission, policy, type Role, type Rule } from './policy';
import { type Reach, Scope } from './scope';

/** A role that a caller holds now, and where. */
export interface HeldRole {
  role: Role;
  /** For UNIT_MANAGER: the unit, and the successors that the grant names. */
  unitIds: string[];
  /** For UNIVERSITY_REGISTRAR: the university. */
  universityId: string | null;
  /** For OFFICIAL: the official's own record. */
  officialId: string | null;
  /** The grant it comes from; null for a role that the token claims, and for that of a caller without a token. */
  grantId: string | null;
  /** Last day; null without end. */
  until: string | null;
}

/** A caller with the roles held on a day, and what these permit. */
export class Actor {
  constructor(
    /** The token's subject; null for a caller without a token. */
    readonly subject: string | null,
    readonly roles: readonly HeldRole[],
    /** The day in the city on which the roles are held. */
    private readonly today: string,
    /** When the token expires; null for a caller without one. */
    readonly expiresAt: Date | null = null,
  ) {}

  /** Whether any role, or the token alone, holds the permission. */
  may(permission: Permission): boolean {
    return this.extents(permission).length > 0;
  }

  /** The reach of a permission: the union of the reaches of all roles that hold it. */
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

/**
 * The actor for a caller without a token.
 * @param anonymous the role of such callers, or null for none.
 * @param today the day in the city, YYYY-MM-DD.
 */
export function stranger(anonymous: Role | null, today: string): Actor {
  const viewer = { unitIds: [], universityId: null, officialId: null, grantId: null, until: null };
  return new Actor(null, anonymous ? [{ role: anonymous, ...viewer }] : [], today);
}
