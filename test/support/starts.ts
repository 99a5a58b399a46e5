// Starts that are refused: the reason each gives.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../../src/config/project-root';
import { dropDatabase } from './database';
import { newFolder, startTestServer, type TestServer } from './server';

const folders: string[] = [];

/** A folder that goes, with its database, when `removeFolders` is called. */
export function folderOfItsOwn(): string {
  const folder = newFolder();
  folders.push(folder);
  return folder;
}

export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) {
    await dropDatabase(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a start is refused with. */
export async function refusal(options: Parameters<typeof startTestServer>[0]): Promise<string> {
  let server: TestServer;
  try {
    server = await startTestServer(options);
  } catch (error) {
    return (error as Error).message;
  }
  await server.stop();
  throw new Error('It started.');
}

/** Runs the server as `npm start` does, until it ends by itself. */
export async function runMain(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: unknown; out: string; err: string }> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'src', 'main.js'), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}
