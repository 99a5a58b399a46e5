// GraphQL inputs, filters and one payload of units.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ClientMutationId, MutationInput, Payload } from '../../events/mutation';
import { SearchText, orderOf } from '../../graphql/filters';
import { connectionOf, listArgs } from '../../graphql/page';
import { DateScalar } from '../../graphql/scalars';
import {
  Code,
  IdOf,
  IdsOf,
  OptionalIdsOf,
  Prose,
  Size,
  Sought,
  Words,
  ValidateNested,
} from '../../graphql/validation';
import { SuccessionKind, Unit, UnitKind } from './unit.entity';

export const UnitConnection = connectionOf(() => Unit, 'Unit', 'đơn vị');

@InputType({ description: 'Which units (bộ lọc đơn vị).' })
export class UnitFilter {
  @SearchText('the name or code')
  text?: string | null;

  @Field(() => [UnitKind], { nullable: true, description: 'Of these kinds (loại).' })
  kinds?: UnitKind[] | null;

  @Field(() => [String], { nullable: true, description: 'With these codes, whatever their period (mã).' })
  @Sought(60)
  codes?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Directly below these units (đơn vị cấp trên trực tiếp).',
  })
  @OptionalIdsOf('unit')
  parentIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'These units and all below them (thuộc đơn vị).' })
  @OptionalIdsOf('unit')
  withinIds?: string[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'In existence on this day; without it, of any time (vào ngày).',
  })
  on?: string | null;
}

export const UnitOrder = orderOf('Unit', 'đơn vị', {
  NAME: 'Vietnamese alphabet, numbers by value (tên).',
  CODE: 'Official code (mã).',
});

export const UnitArgs = listArgs('units', UnitFilter, { by: UnitOrder, usual: 'by name' });

@InputType({ description: 'A unit that begins (đơn vị thành lập).' })
export class NewUnitInput {
  @Field(() => String, { description: 'Official code, free in that period (mã đơn vị).' })
  @Code()
  code!: string;

  @Field(() => UnitKind, { description: 'What sort of unit it is (loại).' })
  kind!: UnitKind;

  @Field(() => String, { description: 'Full name (tên đầy đủ).' })
  @Words(300)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @Words(300, { optional: true })
  nameEn?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The unit above it, open on its first day (đơn vị cấp trên).',
  })
  @IdOf('unit', { optional: true })
  parentId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Instead of parentId: the code that the unit above bears on the first day, which may be one opened earlier in the same list (mã đơn vị cấp trên).',
  })
  @Code({ optional: true })
  parentCode?: string | null;
}

@InputType({ description: 'Opens a unit (thành lập đơn vị).' })
export class OpenUnitInput extends NewUnitInput implements MutationInput {
  @ClientMutationId()
  clientMutationId?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day; today by default (từ ngày).',
  })
  validFrom?: string | null;
}

@InputType({ description: 'What becomes of one unit (kế thừa).' })
export class UnitSuccessionInput {
  @Field(() => ID, { description: 'The unit that ends, or of which a part moves (đơn vị cũ).' })
  @IdOf('unit')
  predecessorId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Code of a unit opened by this same reorganisation (mã đơn vị mới).',
  })
  @Code({ optional: true })
  successorCode?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A unit that is open already and takes over (đơn vị tiếp nhận).',
  })
  @IdOf('unit', { optional: true })
  successorId?: string | null;

  @Field(() => SuccessionKind, { description: 'What becomes of it; DISSOLVED has no successor (hình thức).' })
  kind!: SuccessionKind;

  @Field(() => Boolean, { defaultValue: false, description: 'Only a part of the old unit (một phần).' })
  isPartial!: boolean;

  @Field(() => String, { nullable: true, description: 'Names and clause of the decision (căn cứ).' })
  @Prose(1_000, { optional: true })
  note?: string | null;
}

@InputType({ description: 'Merges, splits, renames or dissolves units on one day (sắp xếp đơn vị).' })
export class ReorganiseUnitsInput extends MutationInput {
  @Field(() => DateScalar, {
    description: 'First day of the new order; the old units end the day before (ngày hiệu lực).',
  })
  effectiveOn!: string;

  @Field(() => [ID], { description: 'Units that end (đơn vị kết thúc).' })
  @IdsOf('unit', 0)
  closeIds!: string[];

  @Field(() => [NewUnitInput], { description: 'Units that begin (đơn vị thành lập).' })
  @Size(0)
  @ValidateNested()
  open!: NewUnitInput[];

  @Field(() => [UnitSuccessionInput], {
    description: 'Which unit becomes which; every unit that ends is named at least once (kế thừa).',
  })
  @Size(1)
  @ValidateNested()
  successions!: UnitSuccessionInput[];
}

@ObjectType({ description: 'The units that ended and began (kết quả sắp xếp).', simpleResolvers: true })
export class ReorganiseUnitsPayload extends Payload {
  @Field(() => [Unit], { description: 'Units that end (đơn vị kết thúc).' })
  closed: Unit[] = [];

  @Field(() => [Unit], { description: 'Units that begin (đơn vị thành lập).' })
  opened: Unit[] = [];
}

@InputType({
  description: 'Corrects what a unit was entered with; what is left out stays (đính chính đơn vị).',
})
export class CorrectUnitInput extends MutationInput {
  @Field(() => ID, { description: 'The unit (đơn vị).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => String, { nullable: true, description: 'Name; null is refused (tên).' })
  @Words(200, { optional: true })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'English name; null clears it (tên tiếng Anh).' })
  @Words(200, { optional: true })
  nameEn?: string | null;

  @Field(() => String, { nullable: true, description: 'Code; null is refused (mã đơn vị).' })
  @Code({ optional: true })
  code?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day; null where it is not known (ngày thành lập).',
  })
  validFrom?: string | null;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'Calls a reorganisation off (hủy việc sắp xếp đơn vị).' })
export class CallOffReorganisationInput extends MutationInput {
  @Field(() => DateScalar, { description: 'Its day, as it was entered (ngày hiệu lực).' })
  effectiveOn!: string;

  @Field(() => [ID], {
    description: 'Units that it closed, opened or took a part of; the rest of it comes with them (đơn vị).',
  })
  @IdsOf('unit', 1)
  unitIds!: string[];

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}
