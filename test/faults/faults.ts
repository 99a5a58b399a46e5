// Table of faults of servers, databases and connections, and their choice by the seed.
import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresStore } from './postgres';
import type { Line } from './proxy';
import type { Stage } from './run';
import type { SqliteStore } from './sqlite';

export type Engine = 'sqlite' | 'postgres';

export interface Fault {
  name: string;
  engines: readonly Engine[];
  /** Share in percent; 0 for a fault that happens once a run, if the run is long enough. */
  weight: number;
  /** Whether the server processes survive it, so that their leaks can be measured. */
  gentle: boolean;
  /** Runs it. @returns a description, for the output. */
  run(stage: Stage): Promise<string>;
}

const BOTH: readonly Engine[] = ['sqlite', 'postgres'];
const DISK_MS = 60_000;
const STUCK_MS = 30_000;
const TOO_SLOW_MS = 90_000;

/** A random choice of the open connections, at least one if there is any. */
function some({ chance, proxies }: Stage): Line[] {
  const lines = chance.shuffle(proxies.flatMap(({ lines }) => [...lines]));
  return lines.slice(0, chance.between(1, Math.max(1, lines.length)));
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill a server',
    engines: BOTH,
    weight: 14,
    gentle: false,
    run: async (stage) => {
      const node = stage.chance.pick(stage.nodes);
      await node.end('SIGKILL');
      await stage.startNode(node);
      return node.name;
    },
  },
  {
    name: 'freeze a server',
    engines: BOTH,
    weight: 10,
    gentle: true,
    run: async ({ chance, nodes }) => {
      const node = chance.pick(nodes);
      const ms = chance.between(100, 1_500);
      node.signal('SIGSTOP');
      await pause(ms); // the duration of the fault
      node.signal('SIGCONT');
      return `${node.name} for ${ms} ms`;
    },
  },
  {
    name: 'cut connections',
    engines: BOTH,
    weight: 18,
    gentle: true,
    run: (stage) => {
      const lines = some(stage);
      const reset = stage.chance.next() < 0.5;
      for (const line of lines) line.cut(reset);
      return Promise.resolve(`${lines.length} by ${reset ? 'RST' : 'FIN'}`);
    },
  },
  {
    name: 'delay connections',
    engines: BOTH,
    weight: 14,
    gentle: true,
    run: async (stage) => {
      const lines = some(stage);
      const ms = stage.chance.between(50, 1_500);
      for (const line of lines) line.hold();
      await pause(ms);
      for (const line of lines) line.release();
      return `${lines.length} by ${ms} ms`;
    },
  },
  {
    name: 'half-close connections',
    engines: BOTH,
    weight: 14,
    gentle: true,
    run: (stage) => {
      const lines = some(stage);
      const side = stage.chance.pick(['client', 'server'] as const);
      for (const line of lines) line.halfClose(side);
      return Promise.resolve(`${lines.length} towards the ${side}`);
    },
  },
  {
    name: 'stop reading',
    engines: BOTH,
    weight: 10,
    gentle: true,
    run: async ({ chance, light }) => {
      const follower = chance.pick(light);
      const ms = chance.between(200, 2_000);
      follower.stopReading();
      await pause(ms);
      follower.read();
      return `${follower.name} for ${ms} ms`;
    },
  },
  {
    name: 'end PostgreSQL backends',
    engines: ['postgres'],
    weight: 16,
    gentle: true,
    run: async ({ chance, store }) => {
      const ended = await (store as PostgresStore).endBackends(chance.pick([0.1, 0.3, 1]));
      return `${ended}`;
    },
  },
  {
    name: 'crash PostgreSQL',
    engines: ['postgres'],
    weight: 5,
    gentle: false,
    run: async ({ store }) => {
      await (store as PostgresStore).crash();
      return '';
    },
  },
  {
    name: 'promote the replica',
    engines: ['postgres'],
    weight: 2,
    gentle: false,
    run: async (stage) => {
      const store = stage.store as PostgresStore;
      await store.failOver();
      await Promise.all(stage.nodes.map((node) => node.end(stage.chance.pick(['SIGKILL', 'SIGTERM']))));
      await Promise.all(stage.nodes.map((node) => stage.startNode(node)));
      await stage.recovered();
      await store.addReplica();
      for (const node of stage.nodes) {
        await node.end('SIGTERM');
        await stage.startNode(node);
      }
      return '';
    },
  },
  {
    name: 'fill the disk',
    engines: ['sqlite'],
    weight: 5,
    gentle: false,
    run: async ({ store, writers, progress }) => {
      const disk = store as SqliteStore;
      if (!disk.small) throw new Error('There is no small disk to fill.');
      const before = writers.map(({ failures }) => failures);
      try {
        disk.fill();
        const refused = () => writers.every(({ failures }, i) => failures > before[i]!);
        await progress.until(refused, DISK_MS, () => 'writes to be refused on a full disk');
      } finally {
        disk.free();
      }
      return 'every writer was refused';
    },
  },
  {
    name: 'restore a backup',
    engines: ['sqlite'],
    weight: 3,
    gentle: false,
    run: async (stage) => {
      const store = stage.store as SqliteStore;
      await store.takeBackup();
      await stage.recovered(); // so that clients have cursors later than the backup
      await stage.recovered();
      const [node] = stage.nodes;
      await node!.end('SIGKILL');
      const kept = await stage.abandonLog();
      store.restore();
      await stage.startNode(node!);
      return kept;
    },
  },
  {
    name: 'read too slowly',
    engines: BOTH,
    weight: 0,
    gentle: true,
    run: async (stage) => {
      const { heavy, heavyProxy, burster, nodes, progress } = stage;
      const { sessions } = heavy;
      const [node] = nodes;
      const slow = node!.closedSlow;
      const lines = [...heavyProxy.lines];
      const gone = () => lines.every(({ serverPort }) => !node!.holds(serverPort));
      heavy.stopReading();
      await burster.burst(gone);
      await progress.until(
        gone,
        STUCK_MS,
        () => `${node!.name} to let go of ${heavy.name}, which does not read`,
      );
      heavy.read();
      const back = () => heavy.sessions > sessions;
      await progress.until(back, TOO_SLOW_MS, () => `${heavy.name} to find out, and to come back`);
      // A socket whose pings are not answered is closed as well; on a slow machine that comes first.
      return `${heavy.name} was closed${node!.closedSlow > slow ? ' for being too slow' : ''}`;
    },
  },
];

/** The faults of a run: each kind by its weight, equally often in every run, in an order chosen by the seed. */
export function deal(
  { chance }: Pick<Stage, 'chance'>,
  engine: Engine,
  faults: number,
  only?: string,
): Fault[] {
  const able = FAULTS.filter(({ engines }) => engines.includes(engine));
  if (only) return Array.from({ length: faults }, () => able.filter(({ name }) => name === only)).flat();
  const once = faults >= 40 ? able.filter(({ weight }) => weight === 0) : [];
  const weighted = able.filter(({ weight }) => weight > 0);
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const left = faults - once.length;
  // One of each kind first, as far as possible, so that a short run does not omit the rare ones.
  const dealt = chance.shuffle(weighted).slice(0, left);
  for (const fault of [...weighted].sort((a, b) => a.weight - b.weight)) {
    const share = Math.round((fault.weight / total) * left) - 1;
    for (let i = 0; i < share && dealt.length < left; i++) dealt.push(fault);
  }
  const common = weighted.filter(({ weight }) => weight >= 10);
  while (dealt.length < left) dealt.push(chance.pick(common));
  const all = chance.shuffle([...dealt, ...once]);
  // Gentle ones at the end, so that the processes measured for leaks survive.
  const last = all.filter(({ gentle }) => gentle).slice(0, Math.floor(faults / 4));
  const rest = [...all];
  for (const fault of last) rest.splice(rest.lastIndexOf(fault), 1);
  return [...rest, ...last];
}

/** The number of faults at the end that are all gentle. */
export function gentleEnd(hand: readonly Fault[]): number {
  const index = hand.map(({ gentle }) => gentle).lastIndexOf(false);
  return index + 1;
}
