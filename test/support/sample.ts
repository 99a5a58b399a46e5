// Servers with the sample city: it is filled once a run and engine, and copied for each.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyDatabase, dropDatabase, renameDatabase } from './database';
import { newFolder, startTestServer, type TestServer } from './server';

/** Puts a copy of the sample city into the database of a folder. */
export async function copySample(folder: string): Promise<void> {
  await copyDatabase(await filledOnce(), folder);
}

/** Starts a server on a sample city of its own, which goes with it. */
export async function startSampleServer(): Promise<TestServer> {
  const folder = newFolder();
  await copySample(folder);
  const server = await startTestServer({ folder, sample: true });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      await dropDatabase(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns the folder of a sample city on which no server runs. */
async function filledOnce(): Promise<string> {
  const city = join(tmpdir(), 'sample-city');
  if (existsSync(city)) return city;
  const folder = newFolder();
  await (await startTestServer({ folder, sample: true })).stop();
  // Two workers may get here at once: the second finds that there is one, and gives its own up.
  try {
    await renameDatabase(folder, city);
    renameSync(folder, city);
  } catch (error) {
    await dropDatabase(folder);
    rmSync(folder, { recursive: true, force: true });
    if (!existsSync(city)) throw error;
  }
  return city;
}
