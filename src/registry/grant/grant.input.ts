// GraphQL inputs and filters of role grants.
import { Field, ID, InputType } from 'type-graphql';
import { Role } from '../../access/policy';
import { MutationInput } from '../../events/mutation';
import { connectionOf, listArgs } from '../../graphql/page';
import { Renamed } from '../../graphql/renamed';
import { DateScalar } from '../../graphql/scalars';
import { NotBefore, IdOf, OptionalIdsOf, Sought, Words } from '../../graphql/validation';
import { RoleGrant } from './grant.entity';

export const RoleGrantConnection = connectionOf(() => RoleGrant, 'RoleGrant', 'phân quyền');

@InputType({ description: 'Which grants (bộ lọc phân quyền).' })
export class RoleGrantFilter {
  @Field(() => [Role], { nullable: true, description: 'Of these roles (vai trò).' })
  roles?: Role[] | null;

  @Field(() => [String], { nullable: true, description: 'Held by these subjects (chủ thể).' })
  @Sought(300)
  subjects?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Held by these officials (cán bộ).' })
  @OptionalIdsOf('official')
  officialIds?: string[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'In force on this day and not revoked (có hiệu lực vào ngày).',
  })
  on?: string | null;
}

export const RoleGrantArgs = listArgs('grants', RoleGrantFilter);

@InputType({ description: 'Grants a role (phân quyền).' })
export class GrantRoleInput extends MutationInput {
  @Field(() => Role, { description: 'The role (vai trò).' })
  role!: Role;

  @Field(() => String, {
    nullable: true,
    description: 'The subject of the tokens that hold it; left out when an official holds it (chủ thể).',
  })
  @Words(255, { optional: true })
  subject?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The official who holds it, by whichever subject they are; with OFFICIAL, the official that the subject is (cán bộ).',
  })
  @IdOf('official', { optional: true })
  officialId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'For UNIT_MANAGER: the unit, with all below it (đơn vị).',
  })
  @IdOf('unit', { optional: true })
  unitId?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'For UNIT_MANAGER: units that the unit became and that the role reaches, too (đơn vị kế thừa).',
  })
  @OptionalIdsOf('unit')
  successorIds?: string[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'For UNIVERSITY_REGISTRAR: the university (cơ sở đào tạo).',
  })
  @IdOf('university', { optional: true })
  universityId?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'First day; today when left out (từ ngày).' })
  @Renamed('validFrom', () => DateScalar, { since: '2026-11' })
  from?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; without end when left out (đến ngày).' })
  @Renamed('validTo', () => DateScalar, { since: '2026-11' })
  @NotBefore('from')
  until?: string | null;
}

@InputType({ description: 'Revokes a role at once (thu hồi quyền).' })
export class RevokeRoleInput extends MutationInput {
  @Field(() => ID, { description: 'The grant (phân quyền).' })
  @IdOf('grant')
  grantId!: string;

  @Field(() => String, { nullable: true, description: 'Why (lý do).' })
  @Words(500, { optional: true })
  reason?: string | null;
}
