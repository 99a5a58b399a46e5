// Which fields tell who somebody is? They are null without the right, and whoever reads one is remembered.
import { defaultFieldResolver, type GraphQLResolveInfo, type GraphQLSchema, isObjectType } from 'graphql';
import { Extensions } from 'type-graphql';

/** What these fields need of the operation they are read in. */
export interface PersonalContext {
  /** Whether the caller may see who this official is. */
  sees(officialId: string): boolean | Promise<boolean>;
  /** Remembers that the caller sees data of this official. @throws UNAVAILABLE when it cannot. */
  noteRead(officialId: string, info: GraphQLResolveInfo): void;
}

/**
 * Marks a field as telling of a person.
 * @param owner the property of the record that holds the official's id.
 */
export function Personal(owner: string): PropertyDecorator & MethodDecorator {
  return Extensions({ personal: owner });
}

/** The personal fields, as "Type.field". */
export function personalFieldsOf(schema: GraphQLSchema): string[] {
  return personalFields(schema).map(({ type, field }) => `${type.name}.${field.name}`);
}

/**
 * Guards every personal field, however its record was come by: by list, by id, through a relation or as the answer to
 * a mutation.
 */
export function guardPersonalFields(schema: GraphQLSchema): void {
  for (const { field, owner } of personalFields(schema)) {
    const read = field.resolve ?? defaultFieldResolver;
    const isNullable = !String(field.type).endsWith('!');
    field.resolve = async (record: Record<string, string>, args, context: PersonalContext, info) => {
      const officialId = record[owner]!;
      if (isNullable && !(await context.sees(officialId))) return null;
      context.noteRead(officialId, info);
      return read(record, args, context, info);
    };
  }
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
