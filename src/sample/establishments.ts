// Number of posts of each position at a unit of the sample; plausible, but invented.
import { UnitKind } from '../registry/unit/unit.entity';
import type { Body } from './bodies';
import { isWardLevel, REORGANISED_ON, type UnitRow } from './units';

/** Position codes with how many there are, the highest first. */
export type Posts = readonly (readonly [string, number])[];

const WARD: Posts = [
  ['BT', 1],
  ['CT', 1],
  ['PBT', 1],
  ['PCT', 2],
  ['QS', 1],
  ['VPTK', 2],
  ['DCXD', 2],
  ['TCKT', 1],
  ['TPHT', 2],
  ['VHXH', 2],
];

/** The wards since 2025-07-01 took in the people of several wards and of a district. */
const LARGE_WARD: Posts = [
  ['BT', 1],
  ['CT', 1],
  ['PBT', 2],
  ['PCTHD', 1],
  ['PCT', 2],
  ['CVP', 1],
  ['TP', 2],
  ['GDTT', 1],
  ['PTP', 8],
  ['QS', 1],
];

const DISTRICT: Posts = [
  ['BT', 1],
  ['CT', 1],
  ['PBT', 2],
  ['PCT', 3],
  ['TP', 12],
  ['PTP', 14],
  ['CV', 57],
  ['GV', 50],
  ['VC', 20],
];

/** Thủ Đức, made of three districts. */
const MUNICIPAL_CITY: Posts = [
  ['BT', 1],
  ['CT', 1],
  ['PBT', 2],
  ['PCT', 3],
  ['TP', 14],
  ['PTP', 20],
  ['CV', 120],
  ['GV', 100],
  ['VC', 39],
];

/** A unit of the two provinces: so few that every ward of today has its leaders and some staff. */
export const NEIGHBOUR: Posts = [
  ['BT', 1],
  ['CT', 1],
  ['PBT', 1],
  ['PCT', 2],
  ['VPTK', 1],
  ['VHXH', 1],
];

/** The posts of a unit of territory. */
export function postsOf(unit: UnitRow): Posts {
  if (isWardLevel(unit)) return unit.validFrom === REORGANISED_ON ? LARGE_WARD : WARD;
  return unit.kind === UnitKind.MUNICIPAL_CITY ? MUNICIPAL_CITY : DISTRICT;
}

export function postsOfBody(body: Body): Posts {
  if (!body.head) return [];
  return [
    [body.head, 1],
    [body.deputy, 3],
    ['TP', 7],
    ['PTP', 9],
    ['CV', body.specialists],
    ...(body.publicEmployees > 0 ? [[body.publicPosition, body.publicEmployees] as const] : []),
  ];
}
