// Import rules: a folder of src/ is a floor, and a floor imports only floors below it. Nouns form no circles.

/** From the top down. `main.ts`, `schema.ts` and `data-source.ts` are single files. */
const FLOORS = [
  'main',
  'commands',
  'server',
  'schema',
  'data-source',
  'privacy',
  'statistics',
  'sample',
  'registry',
  'operation',
  'events',
  'access',
  'graphql',
  'database',
  'config',
  'lib',
];
const pathOf = (floor) => `^src/${floor}(/|\\.ts$)`;

module.exports = {
  forbidden: [
    ...FLOORS.slice(1).map((floor, i) => ({
      name: `${floor}-imports-downward-only`,
      severity: 'error',
      from: { path: pathOf(floor) },
      to: {
        path: FLOORS.slice(0, i + 1)
          .map(pathOf)
          .join('|'),
      },
    })),
    {
      name: 'every-folder-is-a-floor',
      comment: 'A new folder or loose file of src/ gets its place in FLOORS.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: FLOORS.map(pathOf).join('|') },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nouns-form-no-circles',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/registry/' },
      to: { path: '^src/registry/', circular: true },
    },
    {
      name: 'resolvers-are-leaves',
      comment: 'Only the schema lists resolvers. What other nouns read of one stands in its <noun>.reads.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/schema\\.ts$' },
      to: { path: '\\.resolver\\.ts$' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot:
          '^src/(main|commands/.+|database/(analysis|reading)\\.worker)\\.ts$|^src/database/migrations/|^src/server/reference/browser.js$',
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^(dist|playground)/' },
  },
};
