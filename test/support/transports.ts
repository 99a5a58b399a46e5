// One operation over HTTP or WebSocket, answered in the same form.
import { connect } from './live';
import { type Answer, ask, type AskOptions } from './server';

type Result = Omit<Answer<Record<string, any>>, 'status'>;
export type Transport = (
  url: string,
  query: string,
  variables?: object,
  how?: Pick<AskOptions, 'as' | 'token'>,
) => Promise<Result>;

const overHttp: Transport = (url, query, variables, how) => ask(url, query, variables, how);

/** Opens a socket, asks one operation and closes it; of a subscription, the first event. */
const overSocket: Transport = async (url, query, variables, how) => {
  const client = await connect(url, how);
  const subscriber = client.subscribe(query, variables);
  try {
    return (await subscriber.next()) as unknown as Result;
  } catch {
    // Refused: the errors are what the operation ended with, not what next() could say of it.
    const errors = await subscriber.ended.then(
      () => {
        throw new Error('It ended without an answer.');
      },
      (reason: unknown) => reason,
    );
    return { errors: errors as Result['errors'], data: {} };
  } finally {
    await client.close();
  }
};

export const TRANSPORTS: [string, Transport][] = [
  ['HTTP', overHttp],
  ['WebSocket', overSocket],
];
