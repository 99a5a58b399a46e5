// Compression of answers and pages: brotli or gzip, from one kilobyte on.
//
// It is done by zlib on the threads of the process, so it does not hold up the main thread; an answer is bounded before
// (MAX_ANSWER_BYTES), and so is this work. Streams of events are never compressed: an event would wait in the compressor.
// Secrets cannot be guessed by the length of an answer (BREACH): the browser attaches nothing by itself, no cookie, so
// another page cannot make it ask in the name of its user.
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** In an answer that is shorter, the headers are most of it. */
const LEAST_BYTES = 1_024;
/** Fast, and better than gzip at its best; a window of 256 KiB instead of 4 MiB of memory for each answer. */
const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 },
};

/** Compresses what is answered from here on; bodies of requests are never unpacked (request-head.ts). */
export async function compressAnswers(app: FastifyInstance): Promise<void> {
  await app.register(compress, {
    encodings: ['br', 'gzip'],
    threshold: LEAST_BYTES,
    syncThreshold: 0,
    brotliOptions: BROTLI,
    globalDecompression: false,
  });
}
