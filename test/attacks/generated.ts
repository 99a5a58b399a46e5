// Attacks by generated documents, good and damaged, as every role and as a stranger, over HTTP, WebSocket and SSE.
import { parse, validate } from 'graphql';
import { type Caller, goneWithin, Line, tcpSocket } from './client';
import { damagedFrame, damagedMessage, damagedRequest } from './damage';
import { DocumentMaker } from './documents';
import { type Attack, EVERYBODY, type Stage, shorten } from './stage';
import { Values } from './values';

const AT_A_TIME = 4;
const HOSTILITY = 0.15;
/** Subscriptions may have nothing to tell. */
const LISTEN_MS = 250;
/** How many documents one caller sends before another one of the same role goes on. */
const OF_ONE_CALLER = 20;
const CLOSED_MS = 500;

/** Callers of every role in turn, each with a socket that is opened again when it was closed. */
class Crowd {
  private readonly callers = new Map<number, { caller: Promise<Caller>; line: Line | null }>();

  constructor(private readonly stage: Stage) {}

  async at(turn: number): Promise<{ caller: Caller; line: () => Promise<Line> }> {
    const who = EVERYBODY[turn % EVERYBODY.length]!;
    const key =
      Math.floor(turn / (EVERYBODY.length * OF_ONE_CALLER)) * EVERYBODY.length + (turn % EVERYBODY.length);
    const known = this.callers.get(key) ?? { caller: this.stage.caller(who), line: null };
    this.callers.set(key, known);
    const caller = await known.caller;
    const line = async () => {
      if (!known.line || known.line.closed !== null) known.line = await Line.open(this.stage.url, caller);
      return known.line;
    };
    return { caller, line };
  }

  leave(): void {
    for (const { line } of this.callers.values()) line?.close();
  }
}

const documents: Attack = {
  name: 'generated documents',
  why: 'whatever the schema allows is answered or refused: no internal error, no leak, nobody held up',
  share: 30,
  run: async (stage) => {
    const { schema, chance } = stage;
    const maker = new DocumentMaker(schema, chance, new Values(chance, stage.pools, HOSTILITY));
    const crowd = new Crowd(stage);
    let invalid = 0;
    await stage.flood(
      AT_A_TIME,
      async (turn) => {
        const { kind, ...operation } = maker.make();
        if (validate(schema, parse(operation.query)).length > 0) invalid += 1;
        stage.note(shorten(operation.query));
        const { caller, line } = await crowd.at(turn);
        const way = chance.next();
        if (kind === 'subscription' && way < 0.45) return stage.stream(caller, operation, { ms: LISTEN_MS });
        if (kind === 'subscription' || way < 0.3) {
          return stage.over(await line(), caller, operation, kind === 'subscription' ? LISTEN_MS : undefined);
        }
        const answer = await stage.ask(caller, operation);
        if (answer.cut !== null)
          stage.troubles.push(`no answer (${answer.cut}) to ${shorten(operation.query)}`);
        return answer;
      },
      stage.documents,
    );
    crowd.leave();
    if (invalid > stage.asked / 10)
      stage.troubles.push(`${invalid} documents were not valid: mend the generator`);
    stage.remark = `${stage.asked} of ${stage.documents} documents, ${invalid} of them invalid`;
  },
};

const damaged: Attack = {
  name: 'damaged documents',
  why: 'whatever is broken is refused in the form of the protocol, and breaks nothing else',
  share: 15,
  run: async (stage) => {
    const { schema, chance } = stage;
    const maker = new DocumentMaker(schema, chance, new Values(chance, stage.pools, HOSTILITY));
    const crowd = new Crowd(stage);
    await stage.flood(
      AT_A_TIME,
      async (turn) => {
        const { kind, ...operation } = maker.make();
        const { caller } = await crowd.at(turn);
        const way = chance.next();
        if (way < 0.25) return brokenSocket(stage, caller, damagedMessage(operation, chance));
        if (way < 0.3) return brokenFrame(stage, caller);
        const { name, body, how } = damagedRequest(operation, chance);
        stage.note(name);
        const answer = { ms: 15_000, ...how };
        if (kind !== 'subscription' && way < 0.85) return stage.raw(caller, body, answer);
        return stage.stream(caller, body.toString(), { ...answer, ms: LISTEN_MS });
      },
      stage.damaged,
    );
    crowd.leave();
    stage.remark = `${stage.asked} of ${stage.damaged} documents`;
  },
};

/** Sends one broken message; another operation on the same socket must be answered, or the socket closed. */
async function brokenSocket(stage: Stage, caller: Caller, message: string | Buffer): Promise<void> {
  stage.note('a broken message');
  const line = await Line.open(stage.url, caller, stage.chance.next() < 0.8);
  let heard = '';
  line.socket.on('message', (data: Buffer) => (heard = data.toString()));
  line.send(message);
  const answer = line.ask({ query: '{ about { version } }' }, 10_000);
  const { cut, status } = await answer;
  stage.took(caller, message, { status: status || 200, text: heard, bytes: 0, cut });
  if (cut === 'no answer in time')
    stage.troubles.push(`a socket was neither answered nor closed after ${shorten(message.toString())}`);
  line.close();
}

/** Sends bytes that are no frame: the server must close that connection and no other. */
async function brokenFrame(stage: Stage, caller: Caller): Promise<void> {
  stage.note('a broken frame');
  const socket = await tcpSocket(stage.target.port, caller.address);
  socket.resume();
  const frame = damagedFrame(stage.chance);
  socket.write(frame);
  await goneWithin(socket, CLOSED_MS);
  socket.destroy();
  stage.took(caller, frame, { status: 200, text: '', bytes: 0, cut: 'a frame' });
}

export const GENERATED: readonly Attack[] = [documents, damaged];
