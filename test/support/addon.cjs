// Preloaded by test/node-versions.mjs: takes the SQLite addon made for this release of Node instead of the project's.
const { _extensions: loaders } = require('node:module');

const load = loaders['.node'];
loaders['.node'] = (module, path) =>
  load(module, path.endsWith('better_sqlite3.node') ? process.env.CANBO_TEST_ADDON : path);
