// Role grant: a role held by a subject or an official, where, and for how long. Table and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { Column, Entity, Index } from 'typeorm';
import { OfPerson, OfSubject } from '../../access/person';
import { Role } from '../../access/policy';
import { Reference } from '../../access/reference';
import type { Shown } from '../../access/scope';
import { Day, EnumColumn, Instant, OptionalDay, OptionalText } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { Official } from '../official/official.entity';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';

/**
 * A role is held by the subject of a token or by an official. OFFICIAL names both: it says which official a subject is,
 * and that subject then also holds the roles granted to the official.
 */
@Entity()
@OfPerson<RoleGrant>({
  person: 'official',
  owner: 'officialId',
  erase: { subject: ({ subject }, { code }) => subject && code, revocationReason: null },
  export: { as: 'roles', names: { unit: ['unitId', 'name'], university: ['universityId', 'name'] } },
  audit: ['own events'],
})
@OfSubject<RoleGrant>('subject', { revocationReason: null })
@Index(['grantedAt', 'id'])
@ObjectType({
  implements: Node,
  description: 'A role held at a unit or university, for a period (phân quyền).',
  simpleResolvers: true,
})
export class RoleGrant extends Node {
  static readonly idPrefix = 'grant';
  static readonly shown: Shown = { by: 'role.read', rows: (scope) => scope.all() };

  @Field(() => Role, { description: 'The role (vai trò).' })
  @EnumColumn(Role, 'role')
  role!: Role;

  @Field(() => String, {
    nullable: true,
    description: 'The subject of the tokens that hold it; null when an official does (chủ thể).',
  })
  @OptionalText()
  @Index()
  subject!: string | null;

  @Reference(() => Official, {
    as: 'official',
    description: 'The official who holds it or, for OFFICIAL, the official that the subject is (cán bộ).',
    optional: true,
    hidden: true,
  })
  @Index()
  officialId!: string | null;

  @Reference(() => Unit, { as: 'unit', description: 'The unit it reaches (đơn vị).', optional: true })
  unitId!: string | null;

  @Column({ type: 'simple-json' })
  successorIds!: string[];

  @Reference(() => University, {
    as: 'university',
    description: 'The university it reaches (cơ sở đào tạo).',
    optional: true,
  })
  universityId!: string | null;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  @Day()
  validFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null without end (đến ngày).' })
  @OptionalDay()
  validTo!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was granted (thời điểm phân quyền).' })
  @Instant()
  grantedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was revoked (thời điểm thu hồi).' })
  @Instant({ nullable: true })
  revokedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was revoked (lý do thu hồi).' })
  @OptionalText()
  revocationReason!: string | null;
}

export const entities = [RoleGrant];
