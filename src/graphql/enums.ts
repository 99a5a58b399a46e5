// GraphQL enums: each value declared once, with its description.
import { registerEnumType } from 'type-graphql';

/**
 * Registers an enum of the schema.
 * @param values the description of each value.
 * @returns the values by name; declare `type X = keyof typeof X` beside it for their type.
 */
export function described<V extends string>(
  name: string,
  description: string,
  values: Record<V, string>,
): { readonly [K in V]: K } {
  const entries = Object.entries(values) as [V, string][];
  const members = Object.fromEntries(entries.map(([value]) => [value, value])) as { [K in V]: K };
  registerEnumType(members, {
    name,
    description,
    valuesConfig: configOf(entries),
  });
  return members;
}

const configOf = <V extends string>(entries: [V, string][]) =>
  Object.fromEntries(entries.map(([value, text]) => [value, { description: text }])) as Record<
    V,
    { description: string }
  >;

/** Type guard: whether a value is one of a list. */
export const isAmong = <V extends string>(some: readonly V[], value: string): value is V =>
  (some as readonly string[]).includes(value);
