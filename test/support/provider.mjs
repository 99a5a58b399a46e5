// An OpenID provider in a process of its own, which issues JWTs to clients that show their secret. It is told what to
// be in one message, and says back where it listens. Run by provider.ts; the provider's package is ESM, the tests not.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

process.once('disconnect', () => process.exit());
const [{ port, key, clients, secret }] = await once(process, 'message');

const server = createServer();
await (port ? listen(port) : listenAnywhere());
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  jwks: { keys: [key] },
  clientDefaults: { id_token_signed_response_alg: key.alg },
  clients: Object.keys(clients).map((id) => ({
    client_id: id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })),
  extraTokenClaims: (_ctx, token) => clients[token.clientId],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, audience) => ({
        audience,
        scope: '',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: key.alg } },
      }),
    },
  },
  ttl: { ClientCredentials: 600 },
});
server.on('request', provider.callback());
process.send({ issuer });

async function listen(wanted) {
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
}

/** Below the ports that systems hand out by themselves, so that a provider that restarts finds its own still free. */
async function listenAnywhere() {
  for (;;) {
    try {
      return await listen(10_000 + Math.floor(Math.random() * 20_000));
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
  }
}
