// Values for arguments: what a client would send, and what nobody should.
import {
  getNullableType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
} from 'graphql';
import type { Chance } from '../faults/chance';
import type { Pools } from './ground';

const MEGABYTE = 1_000_000;
/** As large as JSON writes it, so that it fits a body. */
const long = (unit: string): string =>
  unit.repeat(Math.floor(MEGABYTE / (Buffer.byteLength(JSON.stringify(unit)) - 2)));

/** Texts of about 1 MB, each bad for another kind of work. */
export const LONG_TEXTS: Readonly<Record<string, string>> = {
  'combining marks': `a${long('\u0301\u0316')}`,
  'marks that compose': long('a\u0323\u0302'),
  'Hangul in parts': long('\u1112\u1161\u11ab'),
  'one letter': long('a'),
  spaces: `a${long(' ')}b`,
  'joined emoji': long('👩\u200d'),
  'an address': `https://a.vn/${long('%25')}`,
  'a letter that folds long': long('\ufdfa'),
  'a broken pair': long('\ud800'),
  'line breaks': long('\n'),
};

/** Any JSON that a scalar may be sent instead of its own kind. */
export const HOSTILE: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 5e-324],
  ...['', ' ', '0', 'null', 'a', '\u0000', '\ud800', '\u202e', '\u200b', 'é'.normalize('NFD'), '👩\u200d👩'],
  ...[
    '-1',
    '1e999',
    'NaN',
    'Infinity',
    '0x10',
    '٣',
    '%00',
    '../../etc/passwd',
    '<img onerror=x>',
    "' OR 1=1--",
  ],
  ...[
    '2024-02-30',
    '0000-00-00',
    '9999-12-31',
    '10000-01-01',
    '2024-01-01T00:00:00Z',
    '1969-12-31T23:59:60Z',
  ],
  ...['"*"', 'a* OR b NEAR/2 c', '%_%', 'unit_01h455vb4pex5vsknk084sn02q', 'unit_', '_', 'x'.repeat(10_000)],
  ...[[], [[]], [null], ['a', 'b'], {}, { length: 1_000_000 }, { type: 'Buffer', data: [1] }],
  ...[{ toString: 'x' }, { valueOf: 1 }, { constructor: 1 }, { a: { b: { c: {} } } }, [{ length: 5 }]],
  ...['a'.repeat(64), `a${'\u0301'.repeat(200)}`, Array.from({ length: 60 }, () => 'X')],
];

const WORDS = ['nguyen', 'lop', 'phuong', 'a', 'quản lý', 'B', 'ke toan', 'Thủ Đức', '7', 'đô thị'];
const DAYS = [
  '1999-12-31',
  '2020-01-01',
  '2024-02-29',
  '2025-06-15',
  '2026-01-01',
  '2026-11-29',
  '2999-12-31',
];
const NUMBERS = [0, 1, 3, 40, 100, 2024, 2025, 2026];
/** Prefixes of ids that go by another name. */
const PREFIXES: Readonly<Record<string, string>> = {
  ...{ parent: 'unit', hostunit: 'unit', topunit: 'unit', committee: 'unit', exam: 'session', close: 'unit' },
  ...{ predecessor: 'unit', successor: 'unit', trainingorder: 'order' },
};

/** Makes values of any input type, from what is in the registry. */
export class Values {
  constructor(
    private readonly chance: Chance,
    private readonly pools: Pools,
    /** How often, from 0 to 1, a value is one that nobody should send. */
    private readonly hostility: number,
  ) {}

  /** A value for an argument or input field of this name. */
  of(type: GraphQLInputType, name: string): unknown {
    const bare = getNullableType(type);
    if (isListType(bare)) {
      const length = this.chance.next() < 0.03 ? 100 : this.chance.between(0, 3);
      return Array.from({ length }, () => this.of(bare.ofType, name));
    }
    if (isEnumType(bare)) return this.chance.pick(bare.getValues()).name;
    if (isInputObjectType(bare)) {
      const fields = Object.values(bare.getFields());
      const some = fields.filter((field) => isRequiredInputField(field) || this.chance.next() < 0.35);
      return Object.fromEntries(some.map((field) => [field.name, this.of(field.type, field.name)]));
    }
    return this.scalar(bare.name, name);
  }

  /** An id that is there, of the kind that the name asks for. */
  id(name: string): string {
    const noun = /([A-Za-z]+?)Ids?$/.exec(name)?.[1]?.toLowerCase() ?? '';
    const kinds = [...this.pools.ids.keys()];
    const prefix = PREFIXES[noun] ?? kinds.find((kind) => noun.endsWith(kind)) ?? this.chance.pick(kinds);
    return this.chance.pick(this.pools.ids.get(prefix) ?? this.pools.ids.get('unit')!);
  }

  private scalar(type: string, name: string): unknown {
    const { chance } = this;
    const hostile = chance.next() < this.hostility;
    switch (type) {
      case 'ID':
        return hostile ? this.text() : this.id(chance.next() < 0.1 ? '' : name);
      case 'Int':
        if (hostile) return chance.pick([0, -1, 101, 2 ** 31 - 1, -(2 ** 31)]);
        return /first|last/.test(name) ? chance.between(1, 8) : chance.pick(NUMBERS);
      case 'Boolean':
        return chance.next() < 0.5;
      case 'Date':
        return chance.pick(DAYS);
      case 'DateTime':
        return `${chance.pick(DAYS)}T07:00:00Z`;
      case 'EventCursor':
        return hostile ? this.text() : this.cursor();
      case 'Dong':
      case 'Periods':
      case 'WholeNumber':
        return hostile ? chance.pick([2 ** 53, -1, 1.5, 1e308, 5e-324]) : chance.pick(NUMBERS);
      default:
        if (hostile) return this.text();
        return /code/i.test(name) ? chance.pick(this.pools.codes) : chance.pick(WORDS);
    }
  }

  /** Anywhere in the log, or behind its end. */
  cursor(): string {
    const { head, logId } = this.pools;
    const seq = this.chance.pick([0, 1, head, this.chance.between(0, Math.max(1, head)), head + 1_000_000]);
    return Buffer.from(`${logId}.${seq}`).toString('base64url');
  }

  private text(): string {
    return this.chance.pick(HOSTILE.filter((each) => typeof each === 'string'));
  }
}
