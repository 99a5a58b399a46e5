// Audiences of the sample's programmes: which officials may be sent to a cohort, by programme and host.
import { isAmong } from '../graphql/enums';
import { OfficialCategory } from '../registry/official/official.entity';
import { UnitKind } from '../registry/unit/unit.entity';
import type { Post } from './careers';
import { isWardLevel, type UnitRow } from './units';

const { CADRE, CIVIL_SERVANT, PUBLIC_EMPLOYEE } = OfficialCategory;
const { RURAL_DISTRICT, COMMUNE, TOWNSHIP } = UnitKind;
const DISTRICT_LEVEL: readonly UnitKind[] = [
  UnitKind.MUNICIPAL_CITY,
  UnitKind.URBAN_DISTRICT,
  UnitKind.RURAL_DISTRICT,
];

const AUDIENCES: Record<string, (post: Post) => boolean> = {
  ALL: () => true,
  CIVIL: ({ position }) => position.category !== PUBLIC_EMPLOYEE,
  STAFF: ({ position }) => position.category === CIVIL_SERVANT && !position.isManagerial,
  MANAGERS: ({ position }) => position.isManagerial,
  CADRES: ({ position }) => position.category === CADRE,
  PUBLIC: ({ position }) => position.category === PUBLIC_EMPLOYEE,
  TEACHERS: ({ position }) => position.code === 'GV',
  PHYSICIANS: ({ position }) => position.code === 'BS',
  WARD: ({ unit }) => isWardLevel(unit),
  WARD_LEADERS: ({ unit, position }) => isWardLevel(unit) && position.isManagerial,
  SECRETARIES_AND_CHAIRS: ({ unit, position }) =>
    isWardLevel(unit) && (position.code === 'BT' || position.code === 'CT'),
  RURAL: ({ unit }) => isAmong([RURAL_DISTRICT, COMMUNE, TOWNSHIP], unit.kind),
};

export const isDistrictLevel = (unit: UnitRow): boolean => DISTRICT_LEVEL.includes(unit.kind);

/** A district takes officials of its own and of its wards; any other host takes officials of all units. */
export function audienceOf(name: string, host: UnitRow): (post: Post) => boolean {
  const fits = AUDIENCES[name];
  if (!fits) throw new Error(`The sample knows no audience ${name}.`);
  if (!isDistrictLevel(host)) return fits;
  return (post) => (post.unit.id === host.id || post.unit.parentId === host.id) && fits(post);
}
