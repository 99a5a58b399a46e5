// What canbo-client adds to a page, part of `npm run check`: bundled and minified with everything but its peer
// dependencies, and compressed, it stays small, and holds no code of others, as of graphql-js.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const MOST_BYTES = 6_000;
const client = resolve(import.meta.dirname, '..', '..', 'client');
const { peerDependencies } = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8'));
const isPeer = (id) => Object.keys(peerDependencies).some((name) => id === name || id.startsWith(`${name}/`));

/** @returns the code of one entry, and the modules that it came from. */
async function bundle(entry) {
  const [{ output }] = await build({
    configFile: false,
    root: client,
    logLevel: 'warn',
    build: {
      write: false,
      minify: true,
      lib: { entry: join(client, 'dist', 'esm', entry), formats: ['es'] },
      rolldownOptions: { external: isPeer },
    },
  });
  return {
    code: output.map(({ code }) => code).join(''),
    modules: output.flatMap(({ moduleIds }) => moduleIds),
  };
}

let failed = false;
for (const entry of ['index.js', 'react.js', 'apollo.js', 'graphcache.js']) {
  const { code, modules } = await bundle(entry);
  const bytes = gzipSync(code).length;
  const foreign = modules.filter((id) => !id.startsWith(join(client, 'dist')));
  console.log(`canbo-client/${entry}: ${bytes} bytes with gzip`);
  failed ||= bytes > MOST_BYTES || foreign.length > 0;
  for (const id of foreign) console.error(`It brings ${id}.`);
}
if (failed) {
  console.error(`At most ${MOST_BYTES} bytes, and no code of others.`);
  process.exit(1);
}
