// Adapter between a ws socket and the graphql-ws engine: checks each message before the engine handles it, answers
// pings, and closes sockets that do not answer ours.
import {
  CloseCode,
  type Message,
  MessageType,
  parseMessage,
  type Server as Engine,
  stringifyMessage,
} from 'graphql-ws';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Limits } from '../config/limits';
import { sizeOf, tooManyValues } from '../operation/values';
import type { Intake } from './intake';
import { LARGE_BYTES, type LargeTexts } from './large-texts';
import { readOn, type Session, TRY_AGAIN_LATER } from './websocket-connection';

const TOO_LARGE = 1009;
/** Messages that only servers send: the engine takes them for a failure of its own. */
const OF_SERVERS = new Set<MessageType>([MessageType.ConnectionAck, MessageType.Next, MessageType.Error]);
/** The only ones that may be large; a pong for as many subscriptions as a socket carries has 8 kB. */
const MAY_BE_LARGE = new Set<MessageType>([MessageType.ConnectionInit, MessageType.Subscribe]);
/** Bytes of a ping whose payload is sent back: more than a client needs to know its own ping again. */
const ECHOED_BYTES = 1_024;

type Fault = [code: number, reason: string];
const OVERDRAWN: Fault = [TRY_AGAIN_LATER, 'Your large messages take too long: come back in a minute'];

export interface MessageOptions {
  limits: Limits;
  logger: Logger;
  intake: Intake;
  large: LargeTexts;
  /** How long a peer may take to answer a ping; they are sent as often. */
  pingMs: number;
}

/** Connects a socket to the engine until it closes. */
export function connectToEngine(
  session: Session,
  engine: Engine<Session>,
  { limits, logger, intake, large, pingMs }: MessageOptions,
): void {
  const { socket, buffer } = session;
  const stopPinging = terminateUnlessAnswered(socket, pingMs);
  const fail = (error: unknown) => {
    logger.error({ err: error }, 'unhandled error in WebSocket message');
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  };
  const closed = engine.opened(
    {
      protocol: socket.protocol,
      send: (text) => buffer.send(text),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) => {
        const take = (message: Message | Fault, { length }: Buffer) => {
          if (Array.isArray(message)) return socket.close(...message);
          if (message.type === MessageType.Ping) {
            const payload = length <= ECHOED_BYTES ? message.payload : undefined;
            return void buffer.send(stringifyMessage({ type: MessageType.Pong, payload }));
          }
          // Its parseMessage takes a message that is parsed already: a megabyte is not parsed twice.
          handle(message as unknown as string).catch(fail);
        };
        const parse = (data: Buffer) => read(data, session, limits);
        let last = Promise.resolve();
        socket.on('message', (data: Buffer) => {
          const isLarge = data.length > LARGE_BYTES;
          if (!isLarge && session.waiting === 0) return take(parse(data), data);
          const give = intake.hold(session.request, data.length);
          if (!give) return socket.close(...OVERDRAWN);
          session.waiting += 1;
          socket.pause();
          last = last // in the order in which they came
            .then(async () => {
              const message = isLarge ? await large.parse(session.caller, () => parse(data)) : parse(data);
              if (socket.readyState === socket.OPEN) take(message, data);
            })
            .catch((error) => (error instanceof GraphQLError ? socket.close(...OVERDRAWN) : fail(error)))
            .finally(() => {
              give();
              session.waiting -= 1;
              readOn(session);
            });
        });
      },
    },
    session,
  );
  socket.once('close', (code, reason) => {
    stopPinging();
    closed(code, String(reason)).catch(fail);
  });
  // ws closes a socket by itself whose frames are broken or too large.
  socket.on('error', (error) => logger.debug({ err: error }, 'invalid WebSocket frame'));
}

/** A message, or with what to close the socket that sent it. */
function read(data: Buffer, session: Session, limits: Limits): Message | Fault {
  if (session.socket.readyState !== session.socket.OPEN) return [CloseCode.BadRequest, 'Closed'];
  if (!session.connection && data.length > limits.greetingBytes) {
    return [TOO_LARGE, 'Too long before connection_init'];
  }
  const { values, bytes } = sizeOf(data);
  if (values > limits.values) return [TOO_LARGE, tooManyValues(limits.values)];
  session.messageBytes = bytes;
  try {
    const message = parseMessage(data.toString());
    if (OF_SERVERS.has(message.type)) return [CloseCode.BadRequest, 'A message that servers send'];
    const isTooLong = data.length > LARGE_BYTES && !MAY_BE_LARGE.has(message.type);
    return isTooLong ? [TOO_LARGE, `A ${message.type} has at most ${LARGE_BYTES} bytes`] : message;
  } catch {
    return [CloseCode.BadRequest, 'Invalid message received'];
  }
}

/**
 * Terminates a socket whose peer sends nothing between two pings, not even an answer.
 * @returns what stops it.
 */
function terminateUnlessAnswered(socket: WebSocket, pingMs: number): () => void {
  let alive = true;
  const pings = setInterval(() => {
    if (socket.readyState !== socket.OPEN || socket.isPaused) return; // what it sends while paused is not read
    // What has arrived while the event loop was busy is read before the check.
    if (!alive) return void setImmediate(() => alive || socket.terminate());
    alive = false;
    socket.ping();
  }, pingMs);
  const hear = () => {
    alive = true; // an answer may stand behind a flood of messages
  };
  socket.on('pong', hear).on('message', hear);
  return () => clearInterval(pings);
}
