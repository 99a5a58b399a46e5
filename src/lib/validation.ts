// Is an input well formed, before anything is looked up? Decorators for input fields, and the check that reads them.
import { isEmail, isURL, validate, ValidateBy, type ValidationError } from 'class-validator';
import { badInput, type RefusalEntry, type Text, UserErrorCode } from './errors';
import { prefixOf } from './ids';

interface FieldOptions {
  /** The field may be null or left out. */
  optional?: boolean;
  /** The field is a list, and each of its entries is checked. */
  each?: boolean;
}

const LONGEST_LIST = 1_000;

/** Control characters, halves of characters, and those that turn the direction of what stands beside them. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const EMPTY: Text = { vi: 'Không được để trống.', en: 'Must not be empty.' };

/** What a rule leaves with its error: why, and which values of a list break it. */
interface Fault {
  text: Text;
  breaks: (each: unknown) => boolean;
}

function rule(name: string, text: Text, holds: (value: unknown) => boolean, options: FieldOptions = {}) {
  // An entry left empty arrives as null; texts may be empty, ids may not.
  const breaks = (each: unknown) => !holds(each ?? '');
  const passes = (value: unknown) => {
    if (value == null) return options.optional ?? false;
    return options.each && Array.isArray(value) ? !value.some(breaks) : holds(value);
  };
  const fault: Fault = { text, breaks: options.each ? breaks : () => false };
  return ValidateBy(
    {
      name,
      // The message is never shown, but without one class-validator hands the context over to nobody.
      validator: { validate: passes, defaultMessage: () => name },
    },
    { context: fault },
  );
}

/** Text on one line: no control characters, at most `most` characters. */
export function Words(most: number, options: FieldOptions = {}): PropertyDecorator {
  return all(
    required(options),
    rule(
      'length',
      { vi: `Tối đa ${most} ký tự.`, en: `At most ${most} characters.` },
      (value) => [...String(value)].length <= most,
      { ...options, optional: true },
    ),
    rule(
      'characters',
      { vi: 'Có ký tự điều khiển không hợp lệ.', en: 'Contains control characters.' },
      (value) => !UNSAFE.test(String(value)),
      { ...options, optional: true },
    ),
  );
}

/** Text that may have several lines. */
export function Prose(most: number, options: FieldOptions = {}): PropertyDecorator {
  return all(
    required(options),
    rule(
      'prose',
      {
        vi: `Tối đa ${most} ký tự, không có ký tự điều khiển.`,
        en: `At most ${most} characters, without control characters.`,
      },
      (value) => [...String(value)].length <= most && !UNSAFE.test(String(value).replace(/[\n\r\t]/g, '')),
      { ...options, optional: true },
    ),
  );
}

/** A short code people type: letters, digits and . _ / - without spaces. */
export function Code(options: FieldOptions = {}): PropertyDecorator {
  return all(
    required(options),
    rule(
      'code',
      {
        vi: 'Mã gồm chữ, số và các dấu . _ / -, tối đa 60 ký tự, không có khoảng trắng.',
        en: 'A code has letters, digits and . _ / -, at most 60 characters, no spaces.',
      },
      (value) => /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._/-]{0,59}$/u.test(String(value)),
      { ...options, optional: true },
    ),
  );
}

/** An id of one type of record. */
export function IdOf(prefix: string, options: FieldOptions = {}): PropertyDecorator {
  return all(
    required(options),
    rule(
      'id',
      {
        vi: `Đây không phải mã định danh của loại "${prefix}" (${prefix}_…).`,
        en: `This is no ${prefix} id (${prefix}_…).`,
      },
      (value) => prefixOf(String(value)) === prefix,
      { ...options, optional: true },
    ),
  );
}

/** An id of any of several types of record. */
export function IdOfAny(prefixes: readonly string[]): PropertyDecorator {
  return rule(
    'id',
    {
      vi: 'Đây không phải mã định danh của loại bản ghi dùng được ở đây.',
      en: 'This is no id of a type of record that is taken here.',
    },
    (value) => prefixes.includes(prefixOf(String(value)) ?? ''),
  );
}

/** A list of at least `least` ids of one type of record. */
export function IdsOf(prefix: string, least: number): PropertyDecorator {
  return all(Size(least), IdOf(prefix, { each: true }));
}

/** A list of ids that may be left out; in a filter an empty one matches nothing. */
export function OptionalIdsOf(prefix: string): PropertyDecorator {
  return all(Size(0, { optional: true }), IdOf(prefix, { optional: true, each: true }));
}

export function Whole(least: number, most: number, options: FieldOptions = {}): PropertyDecorator {
  return rule(
    'whole',
    {
      vi: `Phải là số nguyên từ ${least} đến ${most}.`,
      en: `Must be a whole number from ${least} to ${most}.`,
    },
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    options,
  );
}

/** An amount of money: whole, and exact as a JSON number. */
export const Money = (): PropertyDecorator => Whole(0, Number.MAX_SAFE_INTEGER);

export function Email(options: FieldOptions = {}): PropertyDecorator {
  const text = { vi: 'Địa chỉ thư điện tử không hợp lệ.', en: 'Not an e-mail address.' };
  return rule('email', text, (value) => isEmail(value), options);
}

export function WebAddress(options: FieldOptions = {}): PropertyDecorator {
  const text = { vi: 'Địa chỉ trang web không hợp lệ.', en: 'Not a web address.' };
  return rule(
    'url',
    text,
    (value) => isURL(String(value), { protocols: ['http', 'https'], require_protocol: true }),
    options,
  );
}

/** A list with at least `least` entries and not absurdly many. */
export function Size(least: number, options: FieldOptions = {}): PropertyDecorator {
  return rule(
    'size',
    {
      vi: `Danh sách phải có từ ${least} đến ${LONGEST_LIST} mục.`,
      en: `The list must have ${least} to ${LONGEST_LIST} entries.`,
    },
    (value) => Array.isArray(value) && value.length >= least && value.length <= LONGEST_LIST,
    options,
  );
}

/**
 * Puts every text of an input in NFC without blanks around it, in place; an empty text becomes null, because a form
 * that was left empty says nothing.
 */
export function tidy<T>(value: T): T {
  if (typeof value === 'string') return (value.normalize('NFC').trim() || null) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => tidy(each)) as T;
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    for (const [key, each] of Object.entries(value)) (value as Record<string, unknown>)[key] = tidy(each);
  }
  return value;
}

/** @throws BAD_USER_INPUT unless a record, such as "a unit", is asked for either by id or by code. */
export function requireIdOrCode(what: string, id: string | null, code: string | null): void {
  if ((id == null) === (code == null))
    throw badInput(`Ask for ${what} by \`id\` or by \`code\`, one of the two.`);
}

/** Everything wrong with the form of an input, by path. */
export async function findFaults(input: object): Promise<RefusalEntry[]> {
  return flatten(await validate(input, { forbidUnknownValues: false, stopAtFirstError: true }), []);
}

function flatten(errors: ValidationError[], above: (string | number)[]): RefusalEntry[] {
  return errors.flatMap((error) => {
    const path = [...above, error.property];
    const own = Object.values((error.contexts ?? {}) as Record<string, Fault>).flatMap(({ text, breaks }) => {
      const list: unknown[] = Array.isArray(error.value) ? error.value : [];
      const places = list.flatMap((each, place) => (breaks(each) ? [[...path, place]] : []));
      return (places.length > 0 ? places : [path]).map((at) => ({
        code: UserErrorCode.INVALID,
        path: at,
        text,
      }));
    });
    return [...own, ...flatten(error.children ?? [], path)];
  });
}

function required(options: FieldOptions): PropertyDecorator {
  return options.optional ? () => undefined : rule('required', EMPTY, () => true);
}

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => decorators.forEach((decorate) => decorate(target, property));
}

/** The id, once it is known to be one of this type of record. @throws BAD_USER_INPUT otherwise. */
export function requireIdOf(prefix: string, id: string): string {
  if (prefixOf(id) === prefix) return id;
  throw badInput(`"${id.slice(0, 60)}" is no ${prefix} id (${prefix}_…).`);
}
