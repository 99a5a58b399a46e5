// Vite plugin: writes a brotli and a gzip copy beside each text file of the build, which the server sends as it is.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Nearly as small as the highest quality, in a tenth of the time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
const LEAST_BYTES = 1_024;

/** @returns the plugin. */
export function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    configResolved: ({ build }) => {
      folder = build.outDir;
    },
    closeBundle: () => {
      const assets = join(import.meta.dirname, folder, 'assets');
      for (const name of readdirSync(assets).filter((each) => /\.(js|css|svg|ttf)$/.test(each))) {
        const content = readFileSync(join(assets, name));
        if (content.length < LEAST_BYTES) continue;
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(content, BROTLI));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(content));
      }
    },
  };
}
