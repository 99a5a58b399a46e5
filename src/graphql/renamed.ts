// Renamed input fields: @Renamed gives a field its present name, and keeps the former one, deprecated, for old clients.
import 'reflect-metadata';
import {
  getNullableType,
  type GraphQLScalarType,
  type GraphQLSchema,
  isInputObjectType,
  isNonNullType,
} from 'graphql';
import { Extensions, Field } from 'type-graphql';
import { type Path, type RefusalEntry, UserErrorCode } from './errors';
import { EMPTY } from './validation';

interface Renaming {
  /** The property, which has the former name: code and stored hashes of requests need not change. */
  former: string;
  present: string;
  required: boolean;
}

/** Metadata key: the renamed fields of an input class. */
const RENAMED = Symbol('renamed');
/** Which fields of an input were sent under their present names, for the paths of errors. */
const sentAs = new WeakMap<object, Map<string, string>>();

/** Why a name is deprecated, after the policy in docs/clients.md. @param since the month, such as "2026-11". */
export function deprecation(since: string, instead: string): string {
  const [year, month] = since.split('-');
  return `Deprecated since ${since}, removed not before ${Number(year) + 1}-${month} (docs/clients.md): use \`${instead}\`.`;
}

/**
 * Gives an input field another name; the name of the property stays as a deprecated field.
 * @param present the name in the schema from now on.
 * @param type that of the field.
 * @param since the month of the change.
 * @param required whether one of the two must be given, as the schema cannot say.
 */
export function Renamed(
  present: string,
  type: () => GraphQLScalarType | [GraphQLScalarType],
  { since, required = false }: { since: string; required?: boolean },
): PropertyDecorator {
  return (target, property) => {
    const former = String(property);
    Field(type, { nullable: true })(target, present);
    Extensions({ renamed: { present, since, required } })(target, property);
    const known = (Reflect.getMetadata(RENAMED, target) ?? []) as Renaming[];
    Reflect.defineMetadata(RENAMED, [...known, { former, present, required }], target);
  };
}

/**
 * Describes the present names in a built schema, and deprecates the former ones.
 * @throws Error for a field whose declaration does not say whether it is required.
 */
export function deprecateFormerNames(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isInputObjectType)) {
    const fields = type.getFields();
    for (const field of Object.values(fields)) {
      const { renamed } = field.extensions as {
        renamed?: { present: string; since: string; required: boolean };
      };
      if (!renamed) continue;
      if (renamed.required !== isNonNullType(field.type))
        throw new Error(`${type.name}.${field.name}: say in @Renamed whether it is required.`);
      fields[renamed.present]!.description = field.description;
      Object.assign(field, {
        type: getNullableType(field.type),
        deprecationReason: deprecation(renamed.since, renamed.present),
      });
    }
  }
}

/**
 * Moves what was sent under present names to the properties, in place, before anything looks at the input.
 * @returns what is wrong: both names are given, or none of a required field.
 */
export function takeNames(input: unknown, path: Path = []): RefusalEntry[] {
  if (Array.isArray(input)) return input.flatMap((each, place) => takeNames(each, [...path, place]));
  if (input === null || typeof input !== 'object' || input instanceof Date) return [];
  const fields = input as Record<string, unknown>;
  const renamings = (Reflect.getMetadata(RENAMED, fields) ?? []) as Renaming[];
  const own = renamings.flatMap((renaming) => take(fields, renaming, path));
  const below = Object.entries(fields).flatMap(([key, value]) => takeNames(value, [...path, key]));
  return [...own, ...below];
}

function take(
  fields: Record<string, unknown>,
  { former, present, required }: Renaming,
  path: Path,
): RefusalEntry[] {
  const { [present]: value } = fields;
  const isTwice = value != null && fields[former] != null;
  if (value !== undefined && !isTwice) {
    fields[former] = value;
    const names = sentAs.get(fields) ?? new Map<string, string>();
    sentAs.set(fields, names.set(former, present));
  }
  delete fields[present];
  const fault = (text: RefusalEntry['text']): RefusalEntry[] => [
    { code: UserErrorCode.INVALID, path: [...path, present], text },
  ];
  if (isTwice)
    return fault({
      vi: `${former} là tên cũ của ${present}: chỉ gửi một trong hai.`,
      en: `${former} is the former name of ${present}: send one of the two.`,
    });
  return required && fields[former] == null ? fault(EMPTY) : [];
}

/** A path in an input, with the names under which its fields were sent. */
export function asSent(input: unknown, path: Path): Path {
  let at: unknown = input;
  return path.map((key) => {
    const within = typeof at === 'object' && at !== null ? at : {};
    at = (within as Record<string, unknown>)[key];
    return sentAs.get(within)?.get(String(key)) ?? key;
  });
}
