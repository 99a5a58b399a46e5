// Which roles does a caller hold on a day? Read anew for each operation and each event, so that a grant that was
// revoked counts for nothing from the next one on.
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

/** A grant may name successors ahead; they count from the day on which the unit became them. */
const REORGANISED = `CASE WHEN EXISTS (SELECT 1 FROM unit_succession link
  WHERE link.predecessor_id = held.unit_id AND link.effective_on <= :today) THEN 1 ELSE 0 END`;
const successorsIn = (row: GrantRow) => JSON.parse(row.successor_ids) as string[];

/**
 * The caller with the roles they hold: those granted to the subject, those granted to the official that the subject
 * is, and the one that the token claims.
 * @param identity null for a caller without a token.
 * @param anonymous what such a caller is.
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

/** The name that stands for who holds which role: whoever grants one, or erases somebody, must hold this alone. */
export const ROLES = 'roles';

/** The name that stands for a grant: a transaction that revokes it must hold this alone. */
export const grantName = (grantId: string): string => `grant ${grantId}`;

/**
 * The caller with those of their roles that were not revoked meanwhile, inside a transaction: whoever revokes one of
 * these waits until it ends. A role that was granted meanwhile counts from the next operation on.
 * @param held the caller as the operation began; the rest as for readActor.
 */
export async function keepRights(
  manager: EntityManager,
  held: Actor,
  identity: Identity | null,
  anonymous: Role | null,
  today: string,
): Promise<Actor> {
  const grantIds = held.roles.flatMap(({ grantId }) => grantId ?? []);
  if (grantIds.length === 0) return held; // what a token claims cannot be taken back
  // By names and not by row locks, which those who rely on a grant would be lent past one who waits to revoke it.
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
