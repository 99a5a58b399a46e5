// A real OpenID provider for a test: started, asked for tokens, killed, and started again with another key.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK, type KeyLike, SignJWT } from 'jose';
import { projectRoot } from '../../src/config/project-root';

const PROGRAM = join(projectRoot, 'test', 'support', 'provider.mjs');
const CLIENT_SECRET = 'a client secret that is known to the provider';

/** The audience of the tokens that the tests' server takes. */
export const AUDIENCE = 'urn:example:canbo';

export interface Key {
  alg: string;
  kid: string;
  secret: KeyLike;
  /** With the secret part, for the provider alone. */
  jwk: JWK;
  public: KeyLike;
}

let made = 0;
export async function newKey(alg = 'RS256'): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  made += 1;
  const kid = `key-${made}`;
  const jwk = { ...(await exportJWK(privateKey)), alg, kid, use: 'sig' };
  return { alg, kid, secret: privateKey, public: publicKey, jwk };
}

export interface Provider {
  issuer: string;
  /** A token that it issues to this client, whose id is the subject. */
  token(client: string, audience?: string): Promise<string>;
  /** Kills it, and resolves when it is gone. */
  stop(): Promise<void>;
}

export interface ProviderOptions {
  key: Key;
  /** Its clients, and what further claims their tokens carry. */
  clients: Record<string, object>;
  /** The issuer of one that ran before, to come back at its address. */
  at?: string;
}

export async function startProvider({ key, clients, at }: ProviderOptions): Promise<Provider> {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaints = '';
  child.stderr!.on('data', (text: Buffer) => (complaints += text.toString()));
  const closed = once(child, 'close');
  child.send({ port: at && Number(new URL(at).port), key: key.jwk, clients, secret: CLIENT_SECRET });
  const failed = closed.then(() => {
    throw new Error(`The provider ended: ${complaints}`);
  });
  const [{ issuer }] = (await Promise.race([once(child, 'message'), failed])) as [{ issuer: string }];
  return {
    issuer,
    token: async (client, audience = AUDIENCE) => {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${client}:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
      });
      const answer = (await response.json()) as { access_token?: string };
      if (!answer.access_token) throw new Error(JSON.stringify(answer));
      return answer.access_token;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** Signs what a provider would, or would not, with any key. */
export function sign(
  claims: object,
  { alg, kid, secret }: { alg: string; kid?: string; secret: KeyLike | Uint8Array },
): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid }).sign(secret);
}
