// Many operations over one HTTP agent and one WebSocket, each answered in the same form.
import { connect } from './live';
import { Role } from '../../src/access/policy';
import { type Answer, ask, tokenFor } from './server';

export type Result = Pick<Answer<Record<string, any> | null>, 'data' | 'errors'>;
export type Sender = (query: string, variables?: object) => Promise<Result>;

/** Both ways to a server, of an administrator; close them at the end. */
export async function openSenders(
  url: string,
): Promise<{ ways: [string, Sender][]; close: () => Promise<void> }> {
  const token = await tokenFor(Role.ADMINISTRATOR);
  const client = await connect(url, { token });
  const overSocket: Sender = async (query, variables) => {
    const subscriber = client.subscribe(query, variables);
    try {
      const { data, errors } = await subscriber.next();
      return { data: data ?? null, errors: errors as Result['errors'] };
    } catch {
      const errors = await subscriber.ended.then(
        () => {
          throw new Error('It ended without an answer.');
        },
        (reason: unknown) => reason,
      );
      if (!Array.isArray(errors)) throw errors;
      return { data: null, errors: errors as Result['errors'] };
    } finally {
      subscriber.stop();
    }
  };
  const overHttp: Sender = (query, variables) => ask(url, query, variables, { token });
  return {
    ways: [
      ['HTTP', overHttp],
      ['WebSocket', overSocket],
    ],
    close: () => client.close(),
  };
}
