// Addresses of the API on its server, and of its reference.

/** Operations over HTTP, and sockets. */
export const API_PATH = '/graphql';
/** Subscriptions as server-sent events. */
export const STREAM_PATH = '/graphql/stream';
/** The schema reference. */
export const DOCS_PATH = '/docs';

/** The two parts of a URL: a query may hold further question marks. */
export function pathAndQuery(url: string): [path: string, query: string] {
  const end = url.indexOf('?');
  return end < 0 ? [url, ''] : [url.slice(0, end), url.slice(end + 1)];
}

/** Whether a URL is that of the API, with or without a slash at its end. */
export const isApi = (url: string | undefined): boolean => /^\/graphql\/?$/.test(url?.split('?')[0] ?? '');
