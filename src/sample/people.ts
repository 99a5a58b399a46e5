// Officials of the sample: about twelve thousand invented persons, each with a career from unit to unit.
//
// No person here is real: names are combined at random, staff codes begin with M (mẫu, sample), and e-mail addresses
// have a reserved domain that cannot exist.
import { codeKey } from '../lib/texts';
import { holdsOn } from '../lib/dates';
import { idFromName } from '../lib/ids';
import { searchText } from '../database/search';
import { fold, personKey } from '../lib/vietnamese';
import { type Assignment, DatePrecision, Gender, type Official } from '../registry/official/official.entity';
import type { Body } from './bodies';
import type { RowOf } from './bulk-insert';
import { type Person, Reorganisation } from './careers';
import type { SamplePosition } from './catalogue';
import { NEIGHBOUR, type Posts, postsOf, postsOfBody } from './establishments';
import { makeName } from './names';
import { Random } from './random';
import { CITY_CODE, isWardLevel, REORGANISED_ON, type SampleUnits, type UnitRow } from './units';

/** Heads of departments and Party bodies; and their deputies, with the highest leaders of territory. */
const CHIEFS = new Set(['GD', 'TB', 'CVP', 'CTT', 'CN']);
const LEADERS = new Set(['BT', 'CT', 'PBT', 'PGD', 'PTB', 'PCVP', 'PCTT', 'PCN']);
/** The first day of the years that the article counts; officials in office by then were there before. */
const BEGINNING = '2021-01-01';
const REORGANISATIONS = ['2023-04-10', '2024-05-01', '2025-01-01', '2025-03-01', REORGANISED_ON];
const MORNING = 'T01:00:00.000Z'; // eight o'clock in the city

export function makePeople(
  units: SampleUnits,
  bodies: Body[],
  positions: Map<string, SamplePosition>,
): Person[] {
  const random = new Random('people');
  const people: Person[] = [];
  const staff = (unit: UnitRow, posts: Posts) => {
    for (const [code, count] of posts) {
      for (let i = 0; i < count; i++) {
        people.push(makePerson(random, people.length + 1, unit, positions.get(code)!));
      }
    }
  };
  const bodyPosts = new Map(bodies.map((body) => [body.code, postsOfBody(body)]));
  for (const unit of unitsOf(units, BEGINNING)) staff(unit, bodyPosts.get(unit.code) ?? postsOf(unit));
  for (const unit of neighbours(units)) staff(unit, NEIGHBOUR);
  for (const day of REORGANISATIONS) {
    new Reorganisation(units, positions, (unit) => bodyPosts.get(unit.code) ?? postsOf(unit), day).apply(
      people,
    );
  }
  return people;
}

export function officialRow(person: Person): RowOf<Official> {
  const { id, code, fullName, gender, dateOfBirth, email, grade, createdAt } = person;
  return {
    id,
    code,
    fullName,
    gender,
    dateOfBirth,
    email,
    grade,
    createdAt,
    category: person.posts.at(-1)!.position.category,
    dateOfBirthPrecision: DatePrecision.DAY,
    keepingUnitId: null,
    version: 1,
    erasedAt: null,
    givenName: null,
    codeKey: codeKey(code),
    search: searchText(fullName, code),
    nameKey: personKey(fullName),
    foldedName: fold(fullName),
  };
}

export function assignmentRows(person: Person): RowOf<Assignment>[] {
  return person.posts.map(({ unit, position, from, to }) => ({
    id: idFromName('assignment', `${person.code}/${from}`),
    officialId: person.id,
    unitId: unit.id,
    positionId: position.id,
    isManagerial: position.isManagerial,
    validFrom: from,
    validTo: to,
    createdAt: null,
  }));
}

/** The units of the city on a day, without the city itself. */
function unitsOf(units: SampleUnits, day: string): UnitRow[] {
  return units.rows.filter((unit) => unit.code !== CITY_CODE && holdsOn(unit, day) && units.isOfCity(unit));
}

/**
 * For each ward of today that has nothing of the old city, units of the provinces that became part of it, as they were
 * at the beginning.
 */
function neighbours(units: SampleUnits): UnitRow[] {
  const chosen = new Set<UnitRow>();
  for (const ward of units.rows.filter((unit) => isWardLevel(unit) && unit.validFrom === REORGANISED_ON)) {
    const before = units.predecessorsOf(ward);
    if (before.some((unit) => units.isOfCity(unit))) continue;
    // Rather one that went over whole, so that all its people arrive here.
    const whole = before.find((unit) => units.heirsOf(unit).length === 1);
    for (const unit of whole ? [whole] : before) chosen.add(atBeginning(units, unit));
  }
  return [...chosen];
}

/** The first of the units of the beginning that a unit goes back to. */
function atBeginning(units: SampleUnits, unit: UnitRow): UnitRow {
  return holdsOn(unit, BEGINNING) ? unit : atBeginning(units, units.predecessorsOf(unit)[0]!);
}

function makePerson(random: Random, number: number, unit: UnitRow, position: SamplePosition): Person {
  const code = `M${String(number).padStart(6, '0')}`;
  const gender = random.happens(femaleShare(position)) ? Gender.FEMALE : Gender.MALE;
  // Leaders are there from the beginning, so that every ward always has its secretary and its chairperson.
  const early = position.isManagerial || random.happens(0.85);
  const since = early ? randomDay(random, 2008, 2020) : randomDay(random, 2021, 2023);
  const youngest = Number(since.slice(0, 4)) - (position.isManagerial ? 30 : 23);
  return {
    id: idFromName('official', code),
    code,
    fullName: makeName(random, gender),
    gender,
    dateOfBirth: randomDay(random, oldestOf(gender, position), youngest),
    grade: gradeOf(random, position),
    email: random.happens(0.8) ? `${code.toLowerCase()}@mau.example` : null,
    createdAt: new Date(
      Date.parse(`${early ? BEGINNING : since}${MORNING}`) + (early ? number * 1_000 : number),
    ),
    posts: [{ unit, position, from: laterOf(since, unit.validFrom), to: null }],
  };
}

const laterOf = (day: string, other: string | null): string => (other !== null && other > day ? other : day);

function randomDay(random: Random, firstYear: number, lastYear: number): string {
  const month = String(random.between(1, 12)).padStart(2, '0');
  const day = String(random.between(1, 28)).padStart(2, '0');
  return `${random.between(Math.min(firstYear, lastYear), lastYear)}-${month}-${day}`;
}

/** The first year of birth: nobody in office at the end of 2026 is beyond the age of retirement then. */
function oldestOf(gender: Gender, position: SamplePosition): number {
  if (gender === Gender.FEMALE) return 1970;
  return position.isManagerial ? 1966 : 1969;
}

function femaleShare(position: SamplePosition): number {
  if (position.code === 'GV') return 0.72;
  if (position.code === 'QS') return 0.03;
  return position.isManagerial ? 0.34 : 0.5;
}

function gradeOf(random: Random, position: SamplePosition): string {
  if (position.code === 'GV') return random.pick(['Giáo viên hạng II', 'Giáo viên hạng III']);
  if (position.code === 'BS') return random.pick(['Bác sĩ hạng II', 'Bác sĩ hạng III']);
  if (CHIEFS.has(position.code)) return random.pick(['Chuyên viên chính', 'Chuyên viên cao cấp']);
  if (LEADERS.has(position.code))
    return random.pick(['Chuyên viên chính', 'Chuyên viên chính', 'Chuyên viên cao cấp']);
  if (position.isManagerial) return random.pick(['Chuyên viên', 'Chuyên viên chính']);
  return random.weighted([
    ['Cán sự', 8],
    ['Chuyên viên', 75],
    ['Chuyên viên chính', 17],
  ]);
}
