// Rights: reads the roles a caller holds on a day. Read again for each operation and each event, so that a revoked
// grant has no effect from the next one on.
import type { EntityManager } from 'typeorm';
import { relyOnNames } from '../database/locks';
import { Actor, type HeldRole, stranger } from './actor';
import type { Claimed, Identity } from './identity';
import { Role } from './policy';

interface GrantRow {
  id: string;
  role: Role;
  official_id: string | null;
  unit_id: string | null;
  successor_ids: string;
  university_id: string | null;
  valid_to: string | null;
  reorganised: number;
}

/** A grant may name successors in advance; they count from the day of the reorganisation. */
const REORGANISED = `CASE WHEN EXISTS (SELECT 1 FROM unit_succession link
  WHERE link.predecessor_id = held.unit_id AND link.effective_on <= :today) THEN 1 ELSE 0 END`;
const successorsIn = (row: GrantRow) => JSON.parse(row.successor_ids) as string[];

/**
 * Reads the caller's roles: those granted to the subject, those granted to the official that the subject is, and the
 * one that the token claims.
 * @param identity null for a caller without a token.
 * @param anonymous the role of such a caller, or null.
 * @param today the day in the city, YYYY-MM-DD.
 */
export async function readActor(
  manager: EntityManager,
  identity: Identity | null,
  anonymous: Role | null,
  today: string,
): Promise<Actor> {
  if (!identity) return stranger(anonymous, today);
  const { subject, expiresAt, claimed } = identity;
  const own = await grants(manager, today, 'held.subject = :subject', { subject });
  const roles = [...(claimed ? [fromToken(claimed)] : []), ...own];
  const officialIds = roles.flatMap(({ role, officialId }) =>
    role === Role.OFFICIAL && officialId ? [officialId] : [],
  );
  if (officialIds.length > 0) {
    const ofOfficial = 'held.subject IS NULL AND held.official_id IN (:...officialIds)';
    roles.push(...(await grants(manager, today, ofOfficial, { officialIds })));
  }
  return new Actor(subject, roles, today, expiresAt);
}

/** Lock name for all role grants: granting a role and erasing a person take it exclusively. */
export const ROLES = 'roles';

/** Lock name of one grant: a transaction that revokes it takes it exclusively. */
export const grantName = (grantId: string): string => `grant ${grantId}`;

/**
 * Reads the caller's rights again inside a transaction and keeps them until it ends: a revocation waits for it. A role
 * granted meanwhile counts from the next operation on.
 * @param held the caller as of the beginning of the operation; the rest as for readActor.
 * @returns the caller without the roles that were revoked since.
 */
export async function keepRights(
  manager: EntityManager,
  held: Actor,
  identity: Identity | null,
  anonymous: Role | null,
  today: string,
): Promise<Actor> {
  const grantIds = held.roles.flatMap(({ grantId }) => grantId ?? []);
  if (grantIds.length === 0) return held; // a role claimed by the token cannot be revoked
  // Named locks instead of row locks: PostgreSQL grants new shared row locks past a waiting exclusive one, so a
  // revocation could wait for ever.
  await relyOnNames(manager, grantIds.map(grantName));
  const { subject, roles, expiresAt } = await readActor(manager, identity, anonymous, today);
  const kept = roles.filter(({ grantId }) => grantId === null || grantIds.includes(grantId));
  return new Actor(subject, kept, today, expiresAt);
}

async function grants(
  manager: EntityManager,
  today: string,
  condition: string,
  parameters: object,
): Promise<HeldRole[]> {
  const rows = await manager
    .createQueryBuilder()
    .select('held.*')
    .addSelect(REORGANISED, 'reorganised')
    .from('role_grant', 'held')
    .where(condition, parameters)
    .andWhere('held.revoked_at IS NULL AND held.valid_from <= :today', { today })
    .andWhere('(held.valid_to IS NULL OR held.valid_to >= :today)')
    .orderBy('held.id')
    .getRawMany<GrantRow>();
  return rows.map((row) => ({
    role: row.role,
    unitIds: row.unit_id ? [row.unit_id, ...(row.reorganised ? successorsIn(row) : [])] : [],
    universityId: row.university_id,
    officialId: row.role === Role.OFFICIAL ? row.official_id : null,
    grantId: row.id,
    until: row.valid_to,
  }));
}

function fromToken({ role, unitId, universityId, officialId }: Claimed): HeldRole {
  return {
    role,
    unitIds: role === Role.UNIT_MANAGER && unitId ? [unitId] : [],
    universityId: (role === Role.UNIVERSITY_REGISTRAR && universityId) || null,
    officialId: (role === Role.OFFICIAL && officialId) || null,
    grantId: null,
    until: null,
  };
}
