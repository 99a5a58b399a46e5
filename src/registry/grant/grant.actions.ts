// Role grant actions: grant a role and revoke it.
import { type EntityManager, In, IsNull } from 'typeorm';
import { Role } from '../../access/policy';
import { grantName, ROLES } from '../../access/rights';
import type { Change } from '../../events/event.entity';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { overlap } from '../../lib/dates';
import { missing, refuse } from '../../graphql/errors';
import { assertEndsAfter } from '../../graphql/periods';
import { newId } from '../../lib/ids';
import { lockName } from '../../database/locks';
import { requireOfficial } from '../official/official.actions';
import { requireUnit } from '../unit/unit.actions';
import { UnitSuccession } from '../unit/unit.entity';
import { requireUniversity } from '../university/university.actions';
import { RoleGrant } from './grant.entity';
import type { GrantRoleInput, RevokeRoleInput } from './grant.input';

/**
 * Grants a role. Refuses a holder that is not exactly one subject or official, a unit or university that does not match
 * the role, a unit that is no successor, a period that ends before it begins, and the same grant twice in one period.
 */
export async function grantRole(tx: Tx, input: GrantRoleInput): Promise<{ grant: RoleGrant }> {
  await lockName(tx.manager, ROLES); // no single row shows whether the holder has the role already
  if (input.officialId) await requireOfficial(tx, 'role.grant', input.officialId, ['officialId']);
  if (input.unitId) await requireUnit(tx, input.unitId, ['unitId']);
  if (input.universityId) await requireUniversity(tx, input.universityId, ['universityId']);
  for (const [i, id] of (input.successorIds ?? []).entries()) await requireUnit(tx, id, ['successorIds', i]);
  assertHolder(input);
  assertReach(input);
  const successorIds = await successorsOf(tx, input);
  const validFrom = input.from ?? tx.today;
  const validTo = input.until ?? null;
  assertEndsAfter(validFrom, validTo);
  const grant = tx.manager.create(RoleGrant, {
    id: newId(RoleGrant.idPrefix),
    role: input.role,
    subject: input.subject ?? null,
    officialId: input.officialId ?? null,
    unitId: input.unitId ?? null,
    successorIds,
    universityId: input.universityId ?? null,
    validFrom,
    validTo,
    grantedAt: tx.now,
    revokedAt: null,
    revocationReason: null,
  });
  await refuseTwice(tx, grant);
  await tx.manager.insert(RoleGrant, grant);
  record(tx, grant, 'role.granted', [{ field: 'role', from: null, to: grant.role }]);
  return { grant };
}

/** Revokes a role at once. Refuses one that was revoked already. */
export async function revokeRole(tx: Tx, input: RevokeRoleInput): Promise<{ grant: RoleGrant }> {
  await lockName(tx.manager, grantName(input.grantId)); // waits for mutations that rely on this grant
  const grant =
    (await tx.manager.findOneBy(RoleGrant, { id: input.grantId })) ??
    refuse('NOT_FOUND', ['grantId'], missing('phân quyền', 'grant'));
  if (grant.revokedAt !== null) {
    refuse('ILLEGAL_TRANSITION', ['grantId'], {
      vi: 'Phân quyền này đã được thu hồi.',
      en: 'This grant has been revoked already.',
    });
  }
  const revoked = { revokedAt: tx.now, revocationReason: input.reason ?? null };
  Object.assign(grant, revoked);
  await tx.manager.update(RoleGrant, { id: grant.id }, revoked);
  record(tx, grant, 'role.revoked', [{ field: 'role', from: grant.role, to: null }]);
  return { grant };
}

/**
 * The subjects of tokens that were granted to be this official and nobody else: a subject that was granted to several,
 * perhaps by mistake, does not tell whose deeds it did.
 */
export async function subjectsOf(manager: EntityManager, officialId: string): Promise<string[]> {
  const rows = await manager
    .createQueryBuilder(RoleGrant, 'held')
    .select('DISTINCT held.subject', 'subject')
    .where('held.official_id = :officialId AND held.subject IS NOT NULL', { officialId })
    .andWhere(
      `NOT EXISTS (SELECT 1 FROM role_grant other
      WHERE other.subject = held.subject AND other.official_id <> held.official_id)`,
    )
    .getRawMany<{ subject: string }>();
  return rows.map(({ subject }) => subject);
}

/** How many grants that were not revoked name this official or one of these subjects. */
export function countGrants(manager: EntityManager, officialId: string, subjects: string[]): Promise<number> {
  return manager.countBy(RoleGrant, [
    { officialId, revokedAt: IsNull() },
    { subject: In(subjects), revokedAt: IsNull() },
  ]);
}

function assertHolder({ role, subject, officialId }: GrantRoleInput): void {
  if (role === Role.OFFICIAL) {
    if (subject && officialId) return;
    refuse('INVALID', [subject ? 'officialId' : 'subject'], {
      vi: 'Vai trò "cán bộ" cần cả subject (tài khoản) và officialId (hồ sơ cán bộ).',
      en: 'OFFICIAL needs both the subject and the official that it is.',
    });
  }
  if (Boolean(subject) !== Boolean(officialId)) return;
  refuse('INVALID', ['subject'], {
    vi: 'Hãy nêu đúng một trong hai: subject (chủ thể của mã truy cập) hoặc officialId (cán bộ).',
    en: 'Give exactly one holder: a subject, or an official.',
  });
}

function assertReach({ role, unitId, universityId, successorIds }: GrantRoleInput): void {
  const check = (field: string, given: boolean, needed: boolean) => {
    if (given === needed) return;
    refuse('INVALID', [field], {
      vi: needed ? `Vai trò ${role} cần có ${field}.` : `Vai trò ${role} không có ${field}.`,
      en: needed ? `${role} needs ${field}.` : `${role} takes no ${field}.`,
    });
  };
  check('unitId', Boolean(unitId), role === Role.UNIT_MANAGER);
  check('universityId', Boolean(universityId), role === Role.UNIVERSITY_REGISTRAR);
  if (role !== Role.UNIT_MANAGER) check('successorIds', Boolean(successorIds?.length), false);
}

/** The named units, each once. Refuses one that is not a direct or indirect successor of the unit. */
async function successorsOf(tx: Tx, { unitId, successorIds }: GrantRoleInput): Promise<string[]> {
  const wanted = [...new Set(successorIds ?? [])];
  if (wanted.length === 0) return [];
  const became = new Set<string>();
  for (let frontier = [unitId!]; frontier.length > 0;) {
    const links = await tx.manager.findBy(UnitSuccession, { predecessorId: In(frontier) });
    frontier = links.flatMap(({ successorId }) =>
      successorId && !became.has(successorId) ? [successorId] : [],
    );
    frontier.forEach((id) => became.add(id));
  }
  for (const [i, id] of (successorIds ?? []).entries()) {
    if (became.has(id)) continue;
    refuse('INVALID', ['successorIds', i], {
      vi: 'Đơn vị này không kế thừa đơn vị được phân quyền.',
      en: 'This unit did not take over from the unit of the grant.',
    });
  }
  return wanted;
}

async function refuseTwice(tx: Tx, grant: RoleGrant): Promise<void> {
  const held = await tx.manager.findBy(RoleGrant, {
    role: grant.role,
    subject: grant.subject ?? IsNull(),
    officialId: grant.officialId ?? IsNull(),
    unitId: grant.unitId ?? IsNull(),
    universityId: grant.universityId ?? IsNull(),
    revokedAt: IsNull(),
  });
  if (!held.some((each) => overlap(each, grant))) return;
  refuse('ALREADY_EXISTS', ['role'], {
    vi: 'Người này đã có vai trò này trong thời gian đó. Hãy thu hồi trước khi phân quyền lại.',
    en: 'This role is held there in that period already. Revoke it before granting it anew.',
  });
}

function record(tx: Tx, grant: RoleGrant, name: EventName, changes: Change[]): void {
  tx.record({
    name,
    subjectId: grant.id,
    universityId: grant.universityId,
    unitId: grant.unitId,
    changes,
  });
}
