// ConfigError: a setting from the environment that is wrong, named with its variable.

/** A setting is missing or wrong; the message begins with the variable's name. */
export class ConfigError extends Error {
  constructor(variable: string, problem: string) {
    super(`${variable}: ${problem}`);
  }
}
