// Classifies the end of a connection: reconnect, renew the token, refetch, or give up.

export interface Ending {
  kind: 'cut' | 'refused' | 'expired' | 'over';
  error: unknown;
  /** How long the server asks the client to wait. */
  retryAfterMs?: number;
  /** Whether it was an internal error of the server, which may repeat. */
  failed?: boolean;
}

/** Close codes after which a retry would fail in the same way, because the request is wrong. */
const OVER = new Set([1009, 4004, 4005, 4400, 4401, 4406, 4409, 4429]);
const REFUSED = 4403;
/** Classifies an ending. @param reason from graphql-ws: GraphQL errors, a close event, or a network error. */
export function endingOf(reason: unknown): Ending {
  if (Array.isArray(reason)) return ofErrors(reason as { extensions?: Record<string, unknown> }[]);
  const code = (reason as { code?: unknown } | null)?.code;
  if (code === REFUSED) return { kind: 'refused', error: reason };
  return { kind: OVER.has(code as number) ? 'over' : 'cut', error: reason };
}

function ofErrors(errors: { extensions?: Record<string, unknown> }[]): Ending {
  const { code, retryAfter } = errors[0]?.extensions ?? {};
  switch (code) {
    case 'CURSOR_EXPIRED':
    case 'CURSOR_INVALID':
      return { kind: 'expired', error: errors };
    case 'RATE_LIMITED':
      return { kind: 'cut', error: errors, retryAfterMs: Number(retryAfter ?? 0) * 1000 };
    case 'UNAVAILABLE':
      return { kind: 'cut', error: errors };
    case 'INTERNAL_SERVER_ERROR':
      return { kind: 'cut', error: errors, failed: true };
    default:
      return { kind: 'over', error: errors };
  }
}
