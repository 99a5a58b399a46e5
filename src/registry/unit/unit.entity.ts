// Unit: a municipality, district, ward, department or Party body for the period in which it exists. Tables and types.
import { Field, ObjectType } from 'type-graphql';
import { ForeignKey, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { Reference } from '../../access/reference';
import { described } from '../../graphql/enums';
import { Day, EnumColumn, Key, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { Searched } from '../../database/search';
import { DateScalar } from '../../graphql/scalars';

export const UnitKind = described('UnitKind', 'What sort of unit it is (loại đơn vị).', {
  MUNICIPALITY: 'City under the central government (thành phố trực thuộc trung ương).',
  PROVINCE: 'Province (tỉnh).',
  MUNICIPAL_CITY: 'City within a municipality (thành phố thuộc thành phố).',
  PROVINCIAL_CITY: 'City within a province (thành phố thuộc tỉnh).',
  URBAN_DISTRICT: 'Urban district (quận).',
  RURAL_DISTRICT: 'Rural district (huyện).',
  TOWN: 'Town of district level (thị xã).',
  WARD: 'Ward (phường).',
  COMMUNE: 'Commune (xã).',
  TOWNSHIP: 'Township (thị trấn).',
  SPECIAL_ZONE: 'Special zone (đặc khu).',
  DEPARTMENT: 'Department of an administration (sở, ban, ngành).',
  PARTY_BODY: 'Body of the Party (cơ quan Đảng).',
  COMMITTEE: 'Steering or other committee (ban chỉ đạo, ủy ban).',
  OTHER: 'Another organisation (tổ chức khác).',
});
export type UnitKind = keyof typeof UnitKind;

@Entity()
@Searched('unit')
@Index(['code', 'validFrom'], { unique: true })
@ObjectType({
  implements: Node,
  description:
    'An administrative unit, a department or a Party body (đơn vị). Never deleted: a unit that ends is closed.',
  simpleResolvers: true,
})
export class Unit extends Node {
  static readonly idPrefix = 'unit';

  @Field(() => String, { description: 'Official code; unique only together with the period (mã đơn vị).' })
  @Text()
  code!: string;

  /** The code as codes are compared, whatever case and width. */
  @OptionalText()
  @Index()
  codeKey!: string | null;

  @Field(() => UnitKind, { description: 'What sort of unit it is (loại đơn vị).' })
  @EnumColumn(UnitKind, 'kind')
  kind!: UnitKind;

  @Field(() => String, { description: 'Full name, e.g. "Thành phố Thủ Đức" (tên đầy đủ).' })
  @Text()
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @OptionalText()
  nameEn!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day of existence; null when it is not known (ngày thành lập).',
  })
  @OptionalDay()
  validFrom!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day of existence; null while open (ngày kết thúc).',
  })
  @OptionalDay()
  validTo!: string | null;

  /** Fixed for the unit's whole period: to change its parent, a unit is closed and another one opened. */
  @Reference(() => Unit, {
    as: 'parent',
    description: 'The unit directly above (đơn vị cấp trên trực tiếp).',
    optional: true,
  })
  @Index()
  parentId!: string | null;

  @Text()
  search!: string;

  @Text()
  @Index()
  nameKey!: string;
}

/** Closure table: every unit with itself and each of its ancestors, so that "within" is one look-up. */
@Entity()
@Index(['ancestorId', 'unitId'])
export class UnitAncestor {
  @Key()
  @ForeignKey(() => Unit)
  unitId!: string;

  @Key()
  @ForeignKey(() => Unit)
  ancestorId!: string;

  /** 0 for the unit itself, 1 for its parent. */
  @Column({ type: 'integer' })
  distance!: number;
}

export const SuccessionKind = described('SuccessionKind', 'What became of a unit (hình thức sắp xếp).', {
  MERGED: 'It went into another unit (nhập).',
  SPLIT: 'It was divided among several units (chia tách).',
  RENAMED: 'It goes on under another name (đổi tên).',
  TRANSFERRED: 'It, or a part of it, moved to another unit (điều chuyển).',
  DISSOLVED: 'It ended without a successor of its own; the units below it may have some (giải thể).',
});
export type SuccessionKind = keyof typeof SuccessionKind;

@Entity()
@Index(['predecessorId'])
@Index(['successorId'])
@ObjectType({ description: 'Which unit became which (kế thừa đơn vị).', simpleResolvers: true })
export class UnitSuccession {
  @PrimaryGeneratedColumn()
  no!: number;

  @Reference(() => Unit, { as: 'predecessor', description: 'The unit that was (đơn vị cũ).' })
  predecessorId!: string;

  @Reference(() => Unit, {
    as: 'successor',
    description: 'The unit that took over; null when nothing did (đơn vị mới).',
    optional: true,
  })
  successorId!: string | null;

  @Field(() => DateScalar, { description: 'First day of the new order (ngày có hiệu lực).' })
  @Day()
  effectiveOn!: string;

  @Field(() => SuccessionKind, { description: 'What became of the unit (hình thức).' })
  @EnumColumn(SuccessionKind, 'kind')
  kind!: SuccessionKind;

  @Field(() => Boolean, { description: 'Whether only a part of the predecessor is meant (một phần).' })
  @Column({ type: 'boolean' })
  isPartial!: boolean;

  @Field(() => String, { nullable: true, description: 'Names and clause of the decision (căn cứ).' })
  @OptionalText()
  note!: string | null;
}

export const entities = [Unit, UnitAncestor, UnitSuccession];
