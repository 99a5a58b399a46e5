// Sending over a socket: results are sent without being copied, and a bounded amount waits for a client that does not
// read. Beyond it the socket is closed.
//
// graphql-ws waits for the socket before it sends the next event of one subscription, so a subscription has at most one
// message here. But a socket carries many operations, and answers to pings and refusals wait for nobody.
import type { WebSocket } from 'ws';
import type { Ledger } from '../operation/ledger';
import type { Told } from './told';

/** The client does not keep up; it resumes from its last cursor. */
export const TOO_SLOW = 4290;
/** A result of fewer bytes is sooner copied than sent in two frames. */
const FRAGMENT = 4_096;
/** How a message of graphql-ws ends whose payload is a stand-in. */
const STAND_IN = 'null}';

const standingFor = new WeakMap<WebSocket, Told>();

/**
 * What graphql-ws is given in place of a result. It makes a message of it and sends that in the same breath; the bytes
 * of the result are put in there.
 */
export function standIn(socket: WebSocket, told: Told): object {
  return {
    toJSON: () => {
      standingFor.set(socket, told);
      return null;
    },
  };
}

export interface SendBufferOptions {
  /** How many bytes may wait beside the largest message among them. */
  most: number;
  ledger: Ledger;
  /** Whose socket it is. */
  callerOf: () => string;
  onTooSlow: () => void;
}

type Sent = () => void;
type Send = (data: string | Buffer, how: object, sent?: Sent) => void;

/** Closes with TOO_SLOW instead of sending once more than is allowed waits; what waits is held in the ledger. */
export function boundSendBuffer(socket: WebSocket, options: SendBufferOptions): void {
  const { most, ledger, callerOf, onTooSlow } = options;
  const send = socket.send.bind(socket) as Send;
  const waiting = new Set<() => void>();
  let largest = 0;
  const isTooSlow = (): boolean => {
    if (socket.bufferedAmount === 0) largest = 0;
    if (socket.readyState !== socket.OPEN || socket.bufferedAmount <= most + largest) return false;
    onTooSlow();
    socket.close(TOO_SLOW, 'Too slow: resume from your last cursor');
    return true;
  };
  socket.send = (data: Parameters<WebSocket['send']>[0], ...rest: unknown[]): void => {
    const told = standingFor.get(socket);
    standingFor.delete(socket);
    const text = data as string; // nothing else is sent here
    const done = rest.findLast((each) => typeof each === 'function') as Sent | undefined;
    if (isTooSlow()) return done?.();
    const bytes = Buffer.byteLength(text) + (told?.jsonAndBrace.length ?? 0);
    largest = Math.max(largest, bytes);
    let release = (): void => undefined;
    // A broken socket ends its subscriptions by its close; its error would be taken for one of the operation.
    const sent = (): void => {
      release();
      done?.();
    };
    if (told) sendTold(send, text.slice(0, -STAND_IN.length), told, sent);
    else send(text, {}, sent);
    if (socket.bufferedAmount === 0) return;
    const end = () => socket.terminate(); // a closing handshake would wait behind what is not read
    const unpin = told ? told.pin(ledger, callerOf(), end) : holdWaiting(ledger, callerOf(), bytes, end);
    release = () => {
      waiting.delete(release);
      unpin();
    };
    waiting.add(release);
  };
  socket.on('ping', isTooSlow); // ws answers these by itself
  socket.once('close', () => waiting.forEach((each) => each()));
}

/** In one message, of two frames when it is large; nothing can come between them. */
function sendTold(send: Send, head: string, { jsonAndBrace }: Told, sent: Sent): void {
  if (jsonAndBrace.length < FRAGMENT) return send(`${head}${jsonAndBrace.toString()}`, {}, sent);
  send(head, { fin: false });
  send(jsonAndBrace, {}, sent);
}

function holdWaiting(...[ledger, ...waiting]: [Ledger, ...Parameters<Ledger['wait']>]): () => void {
  const holding = ledger.wait(...waiting);
  return () => holding.release();
}
