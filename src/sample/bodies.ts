// Departments and Party bodies of the sample: those the article needs, and some well-known ones.
import { dayBefore } from '../lib/dates';
import { SuccessionKind, UnitKind } from '../registry/unit/unit.entity';
import { readData } from './read-data';
import { REORGANISED_ON, type SampleUnits } from './units';

export interface Body {
  code: string;
  /** Position codes; empty for a body without staff of its own in the sample. */
  head: string;
  deputy: string;
  specialists: number;
  publicEmployees: number;
  publicPosition: string;
}

type Column =
  | 'code'
  | 'kind'
  | 'name'
  | 'name_en'
  | 'parent_code'
  | 'head'
  | 'deputy'
  | 'specialists'
  | 'public_employees'
  | 'public_position';

export const LAST_DAY = dayBefore(REORGANISED_ON);

/**
 * Adds each body twice: below the city that ended on 2025-06-30 and below the enlarged one. Parenthood belongs to the
 * period, so a single row could count for one of the two cities only; with a row for each, linked as transferred
 * whole, the old city counts them at their time and the new one through its predecessors. The mergers among
 * departments in 2025 are left out, no official list being at hand; their codes are ours, not official ones.
 */
export function addBodies(units: SampleUnits): Body[] {
  const rows = readData<Column>('bodies.csv');
  const periods = [
    { validFrom: null, validTo: LAST_DAY },
    { validFrom: REORGANISED_ON, validTo: null },
  ];
  for (const period of periods) {
    for (const { code, kind, name, name_en, parent_code } of rows) {
      const known = {
        code: code,
        kind: UnitKind[kind as keyof typeof UnitKind],
        name: name,
        nameEn: name_en,
      };
      units.add({ ...known, ...period }, parent_code);
    }
  }
  for (const { code, name } of rows) {
    units.link([code, code], {
      effectiveOn: REORGANISED_ON,
      kind: SuccessionKind.TRANSFERRED,
      isPartial: false,
      note: `${name}: Thành phố Hồ Chí Minh (cũ) → Thành phố Hồ Chí Minh (mới)`,
    });
  }
  return rows.map((row) => ({
    code: row.code,
    head: row.head,
    deputy: row.deputy,
    specialists: Number(row.specialists),
    publicEmployees: Number(row.public_employees),
    publicPosition: row.public_position,
  }));
}
