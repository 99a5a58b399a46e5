// Which way do imports run? One direction, from main down to lib; DESIGN: a noun further right never knows one further left.
const LAYERS = [
  ['main', '^src/(main|token|print-schema|simulate|backup)\\.ts$'],
  [
    'server',
    '^src/(server|sockets|stream|connections|subscription|admission|budget|cost|deadline|hardening|playground|masking|metrics|monitoring|readiness|retention|send-buffer|logger|data-source)\\.ts$|^src/migrations/|^ormconfig\\.ts$',
  ],
  ['schema', '^src/schema\\.ts$'],
  ['statistics and sample', '^src/(statistics|sample|imports)/'],
  ['registry', '^src/registry/'],
  ['context', '^src/context\\.ts$'],
  ['events', '^src/events/'],
  ['access', '^src/access/'],
  ['lib', '^src/(lib/|(config|limits)\\.ts$)'],
];
const NOUNS = [
  'node',
  'privacy',
  'grant',
  'requirement',
  'session',
  'committee',
  'document',
  'plan',
  'stated-figure',
  'commitment',
  'initiative',
  'training-order',
  'graduate',
  'enrolment',
  'cohort',
  'programme',
  'partnership',
  'university',
  'official',
  'position',
  'topic',
  'unit',
  'source',
];

/** Nothing of a lower layer imports a higher one. */
const upward = (names, path) =>
  names.slice(1).map((name, i) => ({
    name: `${name[0]}-imports-downward-only`,
    severity: 'error',
    from: { path: name[1] },
    to: {
      path: names
        .slice(0, i + 1)
        .map(path)
        .join('|'),
    },
  }));

module.exports = {
  forbidden: [
    ...upward(LAYERS, ([, pattern]) => pattern),
    ...upward(
      NOUNS.map((noun) => [noun, `^src/registry/${noun}/`]),
      ([, pattern]) => pattern,
    ),
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: '^src/(main|token|print-schema|simulate|backup|lib/analysis\\.worker)\\.ts$',
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
