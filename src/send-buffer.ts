// How much may wait for a client that does not read? A bounded amount: beyond it the socket is closed.
//
// graphql-ws waits for the socket before it sends the next event of one subscription, so a subscription has at most one
// message here. But a socket carries many operations, and answers to pings and refusals wait for nobody.
import type { WebSocket } from 'ws';

/** The client does not keep up; it resumes from its last cursor. */
export const TOO_SLOW = 4290;

/** Closes with TOO_SLOW instead of sending once more than `most` bytes wait beside the largest message among them. */
export function boundSendBuffer(socket: WebSocket, most: number, onTooSlow: () => void): void {
  const send = socket.send.bind(socket) as (...args: unknown[]) => void;
  let largest = 0;
  socket.send = (data: Parameters<WebSocket['send']>[0], ...rest: unknown[]): void => {
    if (socket.bufferedAmount === 0) largest = 0;
    if (socket.readyState === socket.OPEN && socket.bufferedAmount > most + largest) {
      onTooSlow();
      socket.close(TOO_SLOW, 'Too slow: resume from your last cursor');
      const sent = rest.at(-1);
      if (typeof sent === 'function') (sent as () => void)(); // an error would be taken for one of the operation
      return;
    }
    largest = Math.max(largest, Buffer.byteLength(data as string));
    send(data, ...rest);
  };
}
