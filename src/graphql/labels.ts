// Labels of enums: beside each enum field of an object type, a field with its value in the caller's language.
import {
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  type GraphQLField,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLString,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Locale } from '../lib/locale';
import { labelOf } from './enums';

interface LabelContext {
  locale: Locale;
}

/**
 * Adds `statusLabel` beside `status`, and `categoryLabels` beside the list `categories`. Who may see the value may see
 * its label: whatever guards fields by their extensions must be applied afterwards.
 */
export function labelEnums(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const fields = type.getFields();
    for (const field of Object.values(fields)) {
      if (!isEnumType(getNamedType(field.type))) continue;
      const label = labelBeside(field as GraphQLField<unknown, LabelContext>);
      fields[label.name] = label;
    }
  }
}

function labelBeside(field: GraphQLField<unknown, LabelContext>): GraphQLField<unknown, LabelContext> {
  const { name, type, description } = field;
  const { name: of } = getNamedType(type);
  const read = field.resolve ?? defaultFieldResolver;
  const term = /\([^()]+\)\.?$/.exec(description ?? '')?.[0] ?? '';
  return {
    ...field,
    name: labelName(name, isListType(getNullableType(type))),
    description: `What \`${name}\` is called in the caller's language ${term}`,
    type: asText(type),
    resolve: async (source, args, context, info) => {
      const value: unknown = await read(source, args, context, { ...info, fieldName: name });
      const label = (each: string) => labelOf(of, each)[context.locale];
      return Array.isArray(value) ? value.map(label) : value && label(value as string);
    },
  };
}

const labelName = (name: string, isList: boolean) =>
  isList ? `${name.replace(/ies$/, 'y').replace(/s$/, '')}Labels` : `${name}Label`;

function asText(type: GraphQLOutputType): GraphQLOutputType {
  if (isNonNullType(type)) return new GraphQLNonNull(asText(type.ofType));
  return isListType(type) ? new GraphQLList(asText(type.ofType)) : GraphQLString;
}
