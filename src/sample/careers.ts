// Careers of the sample: posts in time, and where their holders go when units are reorganised.
import { dayBefore } from '../lib/dates';
import { type Gender, OfficialCategory } from '../registry/official/official.entity';
import type { SamplePosition } from './catalogue';
import type { Posts } from './establishments';
import type { SampleUnits, UnitRow } from './units';

export interface Post {
  unit: UnitRow;
  position: SamplePosition;
  from: string;
  to: string | null;
}

export interface Person {
  id: string;
  code: string;
  fullName: string;
  gender: Gender;
  dateOfBirth: string;
  grade: string;
  email: string | null;
  createdAt: Date;
  /** In order; each begins on the day after the one before it. */
  posts: Post[];
}

/** The post of a person on a day. */
export function postOn(person: Person, day: string): Post | undefined {
  return person.posts.find((post) => post.from <= day && (post.to === null || day <= post.to));
}

/** A ward has one head of its military command. */
const COMMANDER = 'QS';

/** How careers go on after a day on which units end. */
export class Reorganisation {
  private readonly lastDay: string;
  /** The successors of each unit that ends, in the order in which they get the next of its people. */
  private readonly heirs = new Map<UnitRow, UnitRow[]>();

  constructor(
    private readonly units: SampleUnits,
    private readonly positions: Map<string, SamplePosition>,
    private readonly postsOf: (unit: UnitRow) => Posts,
    private readonly day: string,
  ) {
    this.lastDay = dayBefore(day);
  }

  /** Moves all persons of units that end to their successors, by turns, and assigns the leading posts there anew. */
  apply(people: Person[]): void {
    const groups = new Map<UnitRow, { staying: Post[]; arriving: Person[] }>();
    for (const person of people) {
      const post = person.posts.at(-1)!;
      const leaves = post.unit.validTo === this.lastDay;
      const unit = leaves ? this.nextHeir(post.unit) : post.unit;
      const group = groups.get(unit) ?? { staying: [], arriving: [] };
      groups.set(unit, group);
      if (leaves) group.arriving.push(person);
      else group.staying.push(post);
    }
    for (const [unit, { staying, arriving }] of groups) this.seat(unit, staying, arriving);
  }

  private nextHeir(unit: UnitRow): UnitRow {
    const heirs = this.heirs.get(unit) ?? this.units.heirsOf(unit);
    const next = heirs[0];
    if (!next) throw new Error(`${unit.name} (${unit.code}) ends without an heir for its people.`);
    this.heirs.set(unit, [...heirs.slice(1), next]);
    return next;
  }

  /**
   * Leaders take the leading posts that are free, the highest first; those for whom none is left become specialists, and
   * so do all but one of the commanders who arrive.
   */
  private seat(unit: UnitRow, staying: Post[], arriving: Person[]): void {
    const free = this.postsOf(unit)
      .map(([code, count]) => {
        const position = this.positions.get(code)!;
        return { position, left: count - staying.filter((post) => post.position === position).length };
      })
      .filter(({ position }) => position.isManagerial);
    const kept = new Set(this.postsOf(unit).map(([code]) => code));
    let commanders = staying.filter(({ position }) => position.code === COMMANDER).length;
    const inOrder = [...arriving].sort(
      (a, b) => a.posts.at(-1)!.position.rank - b.posts.at(-1)!.position.rank || (a.code < b.code ? -1 : 1),
    );
    for (const person of inOrder) {
      const last = person.posts.at(-1)!;
      last.to = this.lastDay;
      let position = last.position;
      if (position.isManagerial) {
        const seat = free.find(({ left }) => left > 0);
        if (seat) seat.left -= 1;
        position = seat?.position ?? this.positions.get('CV')!;
      } else if (position.category === OfficialCategory.CIVIL_SERVANT && !kept.has(position.code)) {
        position = this.positions.get('CV')!;
      } else if (position.code === COMMANDER) {
        if (commanders > 0) position = this.positions.get('CV')!;
        commanders += 1;
      }
      person.posts.push({ unit, position, from: this.day, to: null });
    }
  }
}
