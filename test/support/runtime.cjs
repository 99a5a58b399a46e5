// Module loader of the tests: Jest loads the tests and what supports them, anew for each file; Node everything else,
// once for all files: the code under test is compiled once, stays warm, and runs in Node itself, as it ships.
const { createRequire } = require('node:module');
const { sep } = require('node:path');
const { default: JestRuntime } = require('jest-runtime');

process.env.NODE_ENV = 'production'; // as the libraries run there: graphql-js, for one, checks each type at length elsewhere

module.exports = class Runtime extends JestRuntime {
  constructor(config, ...rest) {
    super(config, ...rest);
    this.tests = config.rootDir + sep;
    useEngine(config.displayName.name);
  }

  requireModuleOrMock(from, name) {
    const load = createRequire(from);
    return load.resolve(name).startsWith(this.tests) ? super.requireModuleOrMock(from, name) : load(name);
  }
};

let used;

/** The entities are of one engine, from the moment they load. */
function useEngine(engine) {
  if (used && used !== engine) throw new Error('One engine at a time: --selectProjects sqlite, or postgres.');
  used = engine;
  if (engine === 'postgres') process.env.DATABASE_URL = process.env.CANBO_TEST_SERVER;
  require('reflect-metadata');
}
