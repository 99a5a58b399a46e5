// Mutation testing of one part (parts.mjs): Stryker changes one expression at a time and runs the tests that reach it.
import { PARTS } from './parts.mjs';

const name = process.env.CANBO_MUTATE;
const { mutate, specs } = PARTS[name];
const support = '<rootDir>/../../test';

export default {
  mutate,
  // All mutants are built at once, each behind a switch: tests run what tsc makes of it, as ever.
  buildCommand: 'tsc -p .',
  testRunner: 'jest',
  jest: {
    projectType: 'custom',
    enableFindRelatedTests: false,
    config: {
      projects: [], // rather than those of jest.config.json
      displayName: 'sqlite',
      rootDir: 'dist/test',
      testMatch: specs.map((spec) => `**/${spec}.spec.js`),
      transform: {},
      runtime: `${support}/support/runtime.cjs`,
      testEnvironment: `${support}/mutation/environment.cjs`,
      globalSetup: `${support}/support/start-sqlite.mjs`,
      globalTeardown: `${support}/support/stop.mjs`,
      testTimeout: 60_000, // a busy machine; what hangs is ended by timeoutMS
    },
  },
  coverageAnalysis: 'perTest',
  // The code under test is loaded once for all mutants: what it does while it loads cannot be switched.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 25_000,
  ignorePatterns: ['/dist', '/client/dist', '/data', '/docs', '/playground'],
  tempDirName: 'data/mutation/sandbox',
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  jsonReporter: { fileName: `data/mutation/${name}.json` },
  allowConsoleColors: false,
};
