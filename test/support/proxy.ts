// TCP proxy between client and server, which a test cuts or holds.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  /** Of the server behind it, with this port. */
  url: string;
  /** Where the next connections go. */
  target: string;
  /** Connections so far. */
  opened: number;
  /** Cuts every connection that is open now. */
  cut(): void;
  /** Lets nothing more through those that are open now, and says so to nobody: as when a machine vanishes. */
  hold(): void;
  close(): Promise<void>;
}

/**
 * @param bytesUntilCut of each new connection, after how many bytes from the server it is cut in the middle of whatever
 *   it carries; never when left out.
 */
export async function startProxy(target: string, bytesUntilCut = (): number => Infinity): Promise<Proxy> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const { hostname, port } = new URL(proxy.target);
    const far = connect(Number(port), hostname);
    let left = bytesUntilCut();
    proxy.opened += 1;
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        open.delete(end);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (bytes: Buffer) => {
      near.write(bytes.subarray(0, Math.min(bytes.length, left)));
      left -= bytes.length;
      if (left <= 0) near.end(() => near.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    opened: 0,
    cut: () => open.forEach((socket) => socket.destroy()),
    hold: () => open.forEach((socket) => socket.pause()),
    close: async () => {
      proxy.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
