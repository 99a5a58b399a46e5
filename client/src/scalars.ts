// Scalar map for code generators: what each scalar of the schema is in TypeScript. For `config.scalars` of GraphQL
// Code Generator.

/** The scalars of the schema, by name. A date is a text such as 2024-03-01, a moment one such as 2024-03-01T08:00:00Z. */
export const scalars = {
  Date: 'string',
  DateTime: 'string',
  EventCursor: 'string',
  Dong: 'number',
  Periods: 'number',
  WholeNumber: 'number',
  JSONObject: 'Record<string, unknown>',
} as const;
