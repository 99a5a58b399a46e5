// What start-postgres.mjs started ends here.
export default () => globalThis.stopPostgres?.();
