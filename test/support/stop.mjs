// What start-sqlite.mjs or start-postgres.mjs began ends here.
export default () => globalThis.stopTests?.();
