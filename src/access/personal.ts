// Personal data in the schema: fields are null without the permission, and every row shown is recorded in the access
// log. Entities declare their rows with @OfPerson in person.ts.
import {
  defaultFieldResolver,
  getNamedType,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { Extensions } from 'type-graphql';
import type { Permission } from './policy';
import type { Shown } from './scope';

/** The permission to know who an official is. */
export const KNOWN_BY = 'official.read' satisfies Permission;

/** The part of the operation's context that personal fields need. */
export interface PersonalContext {
  /** Whether the caller is this person. */
  is(personId: string): boolean;
  /** Whether the caller may see this person's own record. */
  sees(personId: string): boolean | Promise<boolean>;
  /** Records in the access log that the caller sees data of this person. @throws UNAVAILABLE when it cannot. */
  noteRead(personId: string, info: GraphQLResolveInfo): void;
}

/**
 * Marks a field as personal data.
 * @param owner the property of the record with the person's id; null there for a record of nobody.
 */
export function Personal(owner: string): PropertyDecorator & MethodDecorator {
  return Extensions({ personal: owner });
}

/** The personal fields, as "Type.field", each with the permission that shows its record. */
export function personalFieldsOf(schema: GraphQLSchema): [path: string, shownBy: Permission][] {
  return personalFields(schema).map(({ type, field }) => {
    const { shown } = type.extensions as { shown?: Shown };
    return [`${type.name}.${field.name}`, shown?.by ?? KNOWN_BY];
  });
}

/**
 * Guards every personal field, whichever way its record was reached: by list, by id, through a relation or in the
 * payload of a mutation.
 */
export function guardPersonalFields(schema: GraphQLSchema): void {
  for (const { field, owner } of personalFields(schema)) {
    const read = field.resolve ?? defaultFieldResolver;
    const isNullable = !String(field.type).endsWith('!');
    field.resolve = async (record: Record<string, string | null>, args, context: PersonalContext, info) => {
      const personId = record[owner];
      if (personId !== null && !(await context.sees(personId!))) {
        if (isNullable) return null;
        throw new Error(`${info.parentType.name}.${field.name} was resolved for a record out of reach.`);
      }
      return read(record, args, context, info);
    };
  }
}

/**
 * Records the person of every row that any field returns: a row reveals something even when none of its fields is
 * selected. Reads of one's own data are not recorded.
 */
export function noteRowsOfPersons(schema: GraphQLSchema): void {
  const ownerIn = (type: unknown) =>
    isObjectType(type) ? (type.extensions as { ofPerson?: string }).ofPerson : undefined;
  for (const field of fieldsOf(schema)) {
    const type = getNamedType(field.type);
    if (!isInterfaceType(type) && !ownerIn(type)) continue;
    const read = field.resolve ?? defaultFieldResolver;
    field.resolve = async (record, args, context, info) => {
      const shown: unknown = await read(record, args, context, info);
      for (const row of [shown].flat()) {
        if (row === null || typeof row !== 'object') continue;
        const owner = ownerIn(schema.getType(row.constructor.name));
        const personId = owner && (row as Record<string, string>)[owner];
        if (personId && !context.is(personId)) context.noteRead(personId, info);
      }
      return shown;
    };
  }
}

function fieldsOf(schema: GraphQLSchema): GraphQLField<unknown, PersonalContext>[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()) as GraphQLField<unknown, PersonalContext>[]);
}

function personalFields(schema: GraphQLSchema) {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => {
        const { personal: owner } = field.extensions as { personal?: string };
        return owner ? [{ type, field, owner }] : [];
      }),
    );
}
