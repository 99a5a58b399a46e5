// Jest environment of mutation testing: hands Stryker's switch to the code under test, and stops at the first failure.
const { TestEnvironment } = require('jest-environment-node');

/** The mutant that a test has found. */
let found;

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    // The code under test is loaded once, by Node (test/support/runtime.cjs): it looks for the switch there, not in Jest.
    globalThis.__stryker__ = this.global.__stryker__;
    globalThis.__stryker__.activeMutant = process.env.__STRYKER_ACTIVE_MUTANT__;
  }

  handleTestEvent({ name, test }) {
    const { activeMutant } = globalThis.__stryker__;
    if (activeMutant === undefined) return;
    if (name === 'test_fn_failure' || name === 'hook_failure') found = activeMutant;
    if (name === 'test_start' && found === activeMutant) test.mode = 'skip';
  }
};
