// What is mutated, and the specs that reach it: those that are about it, since nearly every spec reads a page.

export const PARTS = {
  gate: { mutate: ['src/access/gate.ts'], specs: ['access/gate'] },
  follower: { mutate: ['src/events/follower.ts'], specs: ['events/follower'] },
  page: {
    mutate: ['src/graphql/read-page.ts', 'src/graphql/page-span.ts'],
    specs: ['graphql/pages', 'graphql/nested-lists'],
  },
  write: { mutate: ['src/events/write.ts'], specs: ['events/writing', 'events/retries'] },
  scope: { mutate: ['src/access/scope.ts'], specs: ['access/conditions', 'access/reach'] },
  suppression: {
    mutate: ['src/statistics/suppression.ts'],
    specs: ['statistics/small-groups', 'statistics/delayed-release'],
  },
};
