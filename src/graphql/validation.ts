// Input validation without database access: decorators for input fields, and the check that applies them.
import 'reflect-metadata';
import { badInput, type RefusalEntry, UserErrorCode } from './errors';
import type { Text } from '../lib/locale';
import { endsTooEarly } from './periods';
import { LONGEST_ID, prefixOf } from '../lib/ids';
import {
  ADDRESS_UNITS,
  addressFault,
  CODE_UNITS,
  codeFault,
  EMAIL_UNITS,
  emailFault,
  lineFault,
  LONGEST_TEXT,
  longerThan,
  tidyText,
  unitsOf,
} from '../lib/texts';

interface FieldOptions {
  /** The field may be null or left out. */
  optional?: boolean;
  /** The field is a list; each entry is checked. */
  each?: boolean;
}

const LONGEST_LIST = 1_000;

/** Why a required value that was left out is refused. */
export const EMPTY: Text = { vi: 'Không được để trống.', en: 'Must not be empty.' };
/** Metadata key: the number of code units up to which a field's text is normalised. */
const UNITS = Symbol('units');

/** The reason why a value is refused, or null. */
type Judge = (value: unknown) => Text | null;

/** Why a property's value is refused, and of a list which entry; empty when it is accepted. @param within its input. */
type Rule = (value: unknown, within: object) => { place?: number; text: Text }[];

/** What was declared of an input's properties. */
interface Declared {
  rules: Rule[];
  /** Whether the value is an input itself, or a list of them. */
  nested: boolean;
}

/** The declared properties of an input type, by its prototype; those of a type that it extends are kept there. */
const DECLARED = new WeakMap<object, Map<string, Declared>>();

function declared(prototype: object, property: string | symbol): Declared {
  const properties = DECLARED.get(prototype) ?? new Map<string, Declared>();
  DECLARED.set(prototype, properties);
  const found = properties.get(property as string) ?? { rules: [], nested: false };
  properties.set(property as string, found);
  return found;
}

const follow =
  (rule: Rule): PropertyDecorator =>
  (prototype, property) =>
    void declared(prototype, property).rules.push(rule);

/** A property that is an input itself, or a list of inputs: their properties are checked, too. */
export function ValidateNested(): PropertyDecorator {
  return (prototype, property) => {
    declared(prototype, property).nested = true;
  };
}

/** A last day that is not before the first of the same input, where both are given. @param first the other property. */
export function NotBefore(first: string): PropertyDecorator {
  return follow((value, within) => {
    const begins = (within as Record<string, string | null | undefined>)[first];
    const isEarly = value != null && begins != null && (value as string) < begins;
    return isEarly ? [{ text: endsTooEarly(begins) }] : [];
  });
}

function rule(judge: Judge, { optional = false, each = false }: FieldOptions = {}) {
  return follow((value) => {
    if (value == null) return optional ? [] : [{ text: EMPTY }];
    if (each && Array.isArray(value)) {
      // An empty entry arrives as null; texts may be empty, ids may not.
      return value.flatMap((entry: unknown, place) => {
        const text = judge(entry ?? '');
        return text ? [{ place, text }] : [];
      });
    }
    const text = judge(value);
    return text ? [{ text }] : [];
  });
}

/** A rule for texts; a text longer than `units` is not normalised before it is judged. */
function textRule(units: number, judge: (text: string) => Text | null, options: FieldOptions) {
  return all(
    worthTidying(units),
    rule((value) => judge(String(value)), options),
  );
}

const worthTidying =
  (units: number): PropertyDecorator =>
  (target, property) =>
    Reflect.defineMetadata(UNITS, units, target, property);

/** A rule with a single reason for refusal. */
const must =
  (holds: (value: unknown) => boolean, text: Text): Judge =>
  (value) =>
    holds(value) ? null : text;

/** Text on one line: no control or invisible characters, at most `most` characters. */
export function Words(most: number, options: FieldOptions = {}): PropertyDecorator {
  return textRule(unitsOf(most), (text) => tooLong(text, most) ?? lineFault(text), options);
}

/** Text that may have several lines. */
export function Prose(most: number, options: FieldOptions = {}): PropertyDecorator {
  const judge = (text: string) => tooLong(text, most) ?? lineFault(text.replace(/[\n\r\t]/g, ' '));
  return textRule(unitsOf(most), judge, options);
}

/** A short code that people type: Latin letters, digits and . _ / - without spaces. */
export function Code(options: FieldOptions = {}): PropertyDecorator {
  return textRule(CODE_UNITS, codeFault, options);
}

/** Exact values to filter by, such as codes or subjects; malformed ones match nothing. */
export function Sought(most: number): PropertyDecorator {
  return all(worthTidying(unitsOf(most)), Size(0, { optional: true }));
}

/** An id of one type of record. */
export function IdOf(prefix: string, options: FieldOptions = {}): PropertyDecorator {
  const text = {
    vi: `Đây không phải mã định danh của loại "${prefix}" (${prefix}_…).`,
    en: `This is no ${prefix} id (${prefix}_…).`,
  };
  return textRule(LONGEST_ID, (id) => (prefixOf(id) === prefix ? null : text), options);
}

/** An id of any of several types of record. @param prefixes asked at each check: types are declared one by one. */
export function IdOfAny(prefixes: () => readonly string[], options: FieldOptions = {}): PropertyDecorator {
  const text = {
    vi: 'Đây không phải mã định danh của loại bản ghi dùng được ở đây.',
    en: 'This is no id of a type of record that is taken here.',
  };
  return textRule(LONGEST_ID, (id) => (prefixes().includes(prefixOf(id) ?? '') ? null : text), options);
}

/** A list of at least `least` ids of one type of record. */
export function IdsOf(prefix: string, least: number): PropertyDecorator {
  return all(Size(least), IdOf(prefix, { each: true }));
}

/** An optional list of ids; in a filter an empty list matches nothing. */
export function OptionalIdsOf(prefix: string): PropertyDecorator {
  return all(Size(0, { optional: true }), IdOf(prefix, { optional: true, each: true }));
}

/** The same of ids of several types of record. */
export function OptionalIdsOfAny(prefixes: () => readonly string[]): PropertyDecorator {
  return all(Size(0, { optional: true }), IdOfAny(prefixes, { optional: true, each: true }));
}

/** A whole number from `least` to `most`. */
export function Whole(least: number, most: number, options: FieldOptions = {}): PropertyDecorator {
  const text = {
    vi: `Phải là số nguyên từ ${least} đến ${most}.`,
    en: `Must be a whole number from ${least} to ${most}.`,
  };
  const holds = (value: unknown) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  return rule(must(holds, text), options);
}

/** An amount of money: whole, and exact as a JSON number. */
export const Money = (options: FieldOptions = {}): PropertyDecorator =>
  Whole(0, Number.MAX_SAFE_INTEGER, options);

/** An e-mail address. */
export function Email(options: FieldOptions = {}): PropertyDecorator {
  return textRule(EMAIL_UNITS, emailFault, options);
}

/** The address of a web page. */
export function WebAddress(options: FieldOptions = {}): PropertyDecorator {
  return textRule(ADDRESS_UNITS, addressFault, options);
}

/** A list with at least `least` entries and a fixed maximum. */
export function Size(least: number, options: FieldOptions = {}): PropertyDecorator {
  const text = {
    vi: `Danh sách phải có từ ${least} đến ${LONGEST_LIST} mục.`,
    en: `The list must have ${least} to ${LONGEST_LIST} entries.`,
  };
  const holds = (value: unknown) =>
    Array.isArray(value) && value.length >= least && value.length <= LONGEST_LIST;
  return rule(must(holds, text), options);
}

/**
 * Normalises every text of an input in place: NFC, trimmed; a blank text becomes null, because it comes from a form
 * field that was left empty. A text longer than its field accepts stays as it is: findFaults refuses it.
 */
export function tidy<T>(value: T, units = LONGEST_TEXT): T {
  if (typeof value === 'string') return tidyText(value, units) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => tidy(each, units)) as T;
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    for (const [key, each] of Object.entries(value)) {
      const own = Reflect.getMetadata(UNITS, value, key) as number | undefined;
      (value as Record<string, unknown>)[key] = tidy(each, own);
    }
  }
  return value;
}

/** @throws BAD_USER_INPUT unless exactly one of id and code is given. @param what the record, such as "a unit". */
export function requireIdOrCode(what: string, id: string | null, code: string | null): void {
  if ((id == null) === (code == null))
    throw badInput({
      vi: 'Hãy nêu đúng một trong hai: `id` hoặc `code`.',
      en: `Ask for ${what} by \`id\` or by \`code\`, one of the two.`,
    });
}

/** All validation errors of an input, with their paths: of each property those of the first rule that refuses it. */
export function findFaults(input: object, above: (string | number)[] = []): RefusalEntry[] {
  return declaredOf(input).flatMap(([property, { rules, nested }]) => {
    const value = (input as Record<string, unknown>)[property];
    const path = [...above, property];
    const refused = rules.map((each) => each(value, input)).find(({ length }) => length > 0) ?? [];
    return [
      ...refused.map(({ place, text }) => ({
        code: UserErrorCode.INVALID,
        path: place === undefined ? path : [...path, place],
        text,
      })),
      ...(nested ? withinFaults(value, path) : []),
    ];
  });
}

function withinFaults(value: unknown, path: (string | number)[]): RefusalEntry[] {
  if (Array.isArray(value)) return value.flatMap((each, place) => withinFaults(each, [...path, place]));
  return typeof value === 'object' && value !== null ? findFaults(value, path) : [];
}

/** The declared properties of an input: its type's own, then those of the types that it extends. */
function declaredOf(input: object): [string, Declared][] {
  const prototype = Object.getPrototypeOf(input) as object | null;
  return prototype ? [...(DECLARED.get(prototype) ?? []), ...declaredOf(prototype)] : [];
}

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => decorators.forEach((decorate) => decorate(target, property));
}

function tooLong(text: string, most: number): Text | null {
  return longerThan(text, most) ? { vi: `Tối đa ${most} ký tự.`, en: `At most ${most} characters.` } : null;
}

/** Checks that an id has one of these prefixes, and returns it. @throws BAD_USER_INPUT otherwise. */
export function requireIdOf(prefixes: string | readonly string[], id: string): string {
  const taken = [prefixes].flat();
  if (taken.includes(prefixOf(id) ?? '')) return id;
  const forms = taken.map((each) => `${each}_…`).join(', ');
  throw badInput({
    vi: `"${id.slice(0, 60)}" không phải mã định danh cần nêu (${forms}).`,
    en: `"${id.slice(0, 60)}" is no ${taken.join(' or ')} id (${forms}).`,
  });
}
