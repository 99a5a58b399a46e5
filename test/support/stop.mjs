// Global teardown: ends what start-sqlite.mjs or start-postgres.mjs began.
export default () => globalThis.stopTests?.();
