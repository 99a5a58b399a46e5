// GraphQL enums: each value declared once, with its description and its labels in Vietnamese and English.
import { registerEnumType } from 'type-graphql';
import type { Text } from '../lib/locale';

/** The labels of the values of each enum, by its name. */
const LABELS = new Map<string, Record<string, Text>>();

/** What people call a value of an enum. */
export function labelOf(name: string, value: string): Text {
  return LABELS.get(name)![value]!;
}

/** What people call a value of an enum, within a Vietnamese sentence: "đang học". */
export function inWords(name: string, value: string): string {
  const { vi } = labelOf(name, value);
  return `"${vi[0]!.toLowerCase()}${vi.slice(1)}"`;
}

/** A description with the Vietnamese term in parentheses; or with labels that differ from what it yields. */
type Description = string | (Partial<Text> & { text: string });

/**
 * Registers an enum of the schema.
 * @param values the description of each value. Its labels, where none are given: the Vietnamese term in parentheses, and
 *   the name of the value in words.
 * @returns the values by name; declare `type X = keyof typeof X` beside it for their type.
 * @throws Error for a description without a Vietnamese term.
 */
export function described<V extends string>(
  name: string,
  description: string,
  values: Record<V, Description>,
): { readonly [K in V]: K } {
  const given = Object.entries(values) as [V, Description][];
  LABELS.set(name, Object.fromEntries(given.map(([value, each]) => [value, labelsIn(value, each)])));
  const entries = given.map(([value, each]): [V, string] => [
    value,
    typeof each === 'string' ? each : each.text,
  ]);
  const members = Object.fromEntries(entries.map(([value]) => [value, value])) as { [K in V]: K };
  registerEnumType(members, {
    name,
    description,
    valuesConfig: configOf(entries),
  });
  return members;
}

function labelsIn(value: string, description: Description): Text {
  const { text, vi, en } =
    typeof description === 'string' ? { text: description, vi: undefined, en: undefined } : description;
  const term = text
    .match(/\([^()]+\)/g)
    ?.at(-1)
    ?.slice(1, -1);
  if (!term) throw new Error(`The description of ${value} has no Vietnamese term: ${text}`);
  return { vi: vi ?? capitalised(term), en: en ?? capitalised(value.toLowerCase().replaceAll('_', ' ')) };
}

const capitalised = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;

const configOf = <V extends string>(entries: [V, string][]) =>
  Object.fromEntries(entries.map(([value, text]) => [value, { description: text }])) as Record<
    V,
    { description: string }
  >;

/** Type guard: whether a value is one of a list. */
export const isAmong = <V extends string>(some: readonly V[], value: string): value is V =>
  (some as readonly string[]).includes(value);
