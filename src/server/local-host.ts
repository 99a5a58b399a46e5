// Local host names: whether a Host header names this machine itself, so that no other name can have led here.

/** @param host a name with or without a port, as in the header Host. */
export function isLocalHost(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host ?? '');
}
