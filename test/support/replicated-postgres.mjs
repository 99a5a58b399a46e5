// A PostgreSQL with a streaming replica, in a process of its own that a test talks to: Jest cannot load the package.
import { startCluster } from './cluster.mjs';

const settings = { fsync: 'off', shared_buffers: '32MB' };
const primary = await startCluster(settings);
await primary.stop();
const replica = await startCluster(settings, primary);
process.send({ primary: primary.url, replica: replica.url });

process.on('message', async (command) => {
  if (command === 'stop replica') await replica.stop();
  if (command === 'start replica') await replica.start();
  process.send({ done: command });
});
process.on('disconnect', async () => {
  await replica.remove();
  await primary.remove();
});
