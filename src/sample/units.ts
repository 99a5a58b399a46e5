// Territorial units of the sample: the official lists of the statistics office, with their successions, as rows.
import { codeKey } from '../lib/texts';
import { dayBefore, holdsOn } from '../lib/dates';
import { idFromName } from '../lib/ids';
import { unitSearchText } from '../database/search';
import { unitKey } from '../lib/vietnamese';
import {
  SuccessionKind,
  type Unit,
  type UnitAncestor,
  UnitKind,
  type UnitSuccession,
} from '../registry/unit/unit.entity';
import type { RowOf } from './bulk-insert';
import { readData } from './read-data';

export type UnitRow = RowOf<Unit>;

/** The day of the reorganisation of 2025: no districts any more, 168 wards, communes and a special zone. */
export const REORGANISED_ON = '2025-07-01';
/** The city before that day, and the city after it, enlarged by two provinces, bear the same code. */
export const CITY_CODE = '79';

type UnitColumn =
  'code' | 'parent_code' | 'level' | 'type_vi' | 'full_name_vi' | 'name_en' | 'valid_from' | 'valid_to';
type SuccessionColumn = 'predecessor_code' | 'successor_code' | 'effective_date' | 'kind' | 'part' | 'note';

/** Highest first, so that a parent is there before its children. */
const FILES = ['hcmc-units-2023', 'hcmc-units-2025', 'predecessor-units'];
const LEVELS = ['province', 'district', 'ward'];
const KINDS: Record<string, UnitKind> = {
  'Thành phố trực thuộc trung ương': UnitKind.MUNICIPALITY,
  Tỉnh: UnitKind.PROVINCE,
  Quận: UnitKind.URBAN_DISTRICT,
  Huyện: UnitKind.RURAL_DISTRICT,
  'Thị xã': UnitKind.TOWN,
  Phường: UnitKind.WARD,
  Xã: UnitKind.COMMUNE,
  'Thị trấn': UnitKind.TOWNSHIP,
  'Đặc khu': UnitKind.SPECIAL_ZONE,
};
const WARD_LEVEL: readonly UnitKind[] = [
  UnitKind.WARD,
  UnitKind.COMMUNE,
  UnitKind.TOWNSHIP,
  UnitKind.SPECIAL_ZONE,
];

export const isWardLevel = (unit: UnitRow): boolean => WARD_LEVEL.includes(unit.kind);

/** The units of the sample, and how to find one in time. */
export class SampleUnits {
  readonly rows: UnitRow[] = [];
  readonly successions: RowOf<UnitSuccession>[] = [];
  private readonly byId = new Map<string, UnitRow>();
  private readonly byCode = new Map<string, UnitRow[]>();

  /** Adds a unit below the bearer of a code in the same period. */
  add(
    unit: Pick<UnitRow, 'code' | 'kind' | 'name' | 'nameEn' | 'validFrom' | 'validTo'>,
    parentCode: string,
  ) {
    const parent = parentCode ? this.at(parentCode, unit.validTo ?? unit.validFrom!) : null;
    const row: UnitRow = {
      id: idFromName('unit', `${unit.code}@${unit.validFrom ?? ''}`),
      ...unit,
      codeKey: codeKey(unit.code),
      parentId: parent?.id ?? null,
      search: unitSearchText(unit.name, unit.nameEn, unit.code),
      nameKey: unitKey(unit.name, parent?.name),
    };
    this.rows.push(row);
    this.byId.set(row.id, row);
    this.byCode.set(row.code, [...(this.byCode.get(row.code) ?? []), row]);
  }

  /** Adds a succession between the bearers of two codes: on the day before, and on the day. */
  link(
    [predecessorCode, successorCode]: [string, string],
    succession: Pick<RowOf<UnitSuccession>, 'effectiveOn' | 'kind' | 'isPartial' | 'note'>,
  ): void {
    const { effectiveOn } = succession;
    this.successions.push({
      predecessorId: this.at(predecessorCode, dayBefore(effectiveOn)).id,
      successorId: successorCode ? this.at(successorCode, effectiveOn).id : null,
      ...succession,
    });
  }

  /** The unit that bore a code on a day. */
  at(code: string, day: string): UnitRow {
    const found = this.byCode.get(code)?.find((unit) => holdsOn(unit, day));
    if (!found) throw new Error(`The sample knows no unit ${code} on ${day}.`);
    return found;
  }

  /** A unit and those above it, upwards. */
  lineOf(unit: UnitRow): UnitRow[] {
    return unit.parentId ? [unit, ...this.lineOf(this.byId.get(unit.parentId)!)] : [unit];
  }

  /** Whether it is in the city, old or enlarged; units of the two provinces were not, only their successors are. */
  isOfCity(unit: UnitRow): boolean {
    const parent = unit.parentId && this.byId.get(unit.parentId);
    return parent ? this.isOfCity(parent) : unit.code === CITY_CODE;
  }

  below(unit: UnitRow): UnitRow[] {
    return this.rows.filter(({ parentId }) => parentId === unit.id);
  }

  /** The units that took a closed one over when it closed; those of its wards for a district that was dissolved. */
  heirsOf(unit: UnitRow): UnitRow[] {
    const own = this.successions
      .filter((each) => each.predecessorId === unit.id && each.effectiveOn > (unit.validTo ?? '9999'))
      .flatMap(({ successorId }) => (successorId ? [this.byId.get(successorId)!] : []));
    if (own.length > 0 || isWardLevel(unit)) return own;
    const wards = this.below(unit).filter(({ validTo }) => validTo === unit.validTo);
    return [...new Set(wards.flatMap((ward) => this.heirsOf(ward)))];
  }

  /** The units that became this one or a part of it. */
  predecessorsOf(unit: UnitRow): UnitRow[] {
    return this.successions
      .filter(({ successorId }) => successorId === unit.id)
      .map(({ predecessorId }) => this.byId.get(predecessorId)!);
  }

  /** Every unit with itself and each unit above it. */
  get ancestors(): RowOf<UnitAncestor>[] {
    return this.rows.flatMap((unit) =>
      this.lineOf(unit).map((above, distance) => ({ unitId: unit.id, ancestorId: above.id, distance })),
    );
  }
}

/** Reads the official lists: 806 units and 693 successions. */
export function readUnits(): SampleUnits {
  const units = new SampleUnits();
  const listed = FILES.flatMap((file) => readData<UnitColumn>(`units/${file}.csv`));
  const typeOf = new Map(
    listed.filter(({ level }) => level === 'province').map((row) => [row.code, row.type_vi]),
  );
  for (const level of LEVELS) {
    for (const row of listed.filter((each) => each.level === level)) {
      // "Thành phố" alone is a city of district level; what it is called in law depends on what it lies in.
      const inside = typeOf.get(row.parent_code);
      const kind =
        KINDS[row.type_vi] ?? (inside === 'Tỉnh' ? UnitKind.PROVINCIAL_CITY : UnitKind.MUNICIPAL_CITY);
      units.add(
        {
          code: row.code,
          kind,
          name: row.full_name_vi,
          nameEn: row.name_en || null,
          validFrom: row.valid_from || null,
          validTo: row.valid_to || null,
        },
        row.parent_code,
      );
    }
  }
  for (const row of readData<SuccessionColumn>('units/hcmc-unit-successions.csv')) {
    units.link([row.predecessor_code, row.successor_code], {
      effectiveOn: row.effective_date,
      kind: SuccessionKind[row.kind.toUpperCase() as keyof typeof SuccessionKind],
      isPartial: row.part === 'part',
      note: row.note || null,
    });
  }
  return units;
}
