// What an attack has to work with: the server, callers of every role, what is known of its records, and until when.
import { setTimeout as pause } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import { signToken, type TokenClaims } from '../../src/access/identity';
import { Role } from '../../src/access/policy';
import type { Chance } from '../faults/chance';
import { type Answer, type Caller, type How, Line, post, stream } from './client';
import type { Pools } from './ground';
import type { Target } from './target';
import { codeOf, isInternal, type Secrets } from './verdict';

export type Who = Role | 'NONE' | 'STRANGER';
export const EVERYBODY: readonly Who[] = [...Object.values(Role), 'NONE', 'STRANGER'];
/** They may learn of nobody. */
const IMPERSONAL = new Set<string>([Role.VIEWER, 'NONE', 'STRANGER']);

/** An attack: what is sent, until the time is up. */
export interface Attack {
  name: string;
  /** What it would show. */
  why: string;
  /** How many times longer than others it may go on. */
  share?: number;
  run(stage: Stage): Promise<void>;
}

export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

/** An internal error, told apart by what the server says of it. */
export interface Internal {
  where: string;
  reference: string | null;
  sent: string;
}

const SHOWN = 400;

export class Stage {
  /** Of one attack. */
  asked = 0;
  codes = new Map<string, number>();
  troubles: string[] = [];
  /** Told beside its figures. */
  remark = '';
  until = 0;
  /** How long it waited for its own answers, where it asks for more than its turn: others must not wait as long. */
  ownMs: number[] = [];
  /** What was under way when, so that a stall can be blamed. */
  notes: { at: number; what: string }[] = [];
  /** What lives on the server's heap now; the honest callers rest meanwhile. */
  heapMb: () => Promise<number> = () => this.target.heapMb();
  readonly internal: Internal[] = [];
  readonly leaks: string[] = [];
  private readonly callers = { made: 0 };

  constructor(
    readonly target: Target,
    readonly schema: GraphQLSchema,
    readonly chance: Chance,
    readonly pools: Pools,
    private readonly secrets: Secrets,
    /** How long one attack may begin new work. */
    readonly seconds: number,
    /** Generated documents, and damaged ones. */
    readonly documents: number,
    readonly damaged: number,
  ) {}

  get isSqlite(): boolean {
    return this.target.isSqlite;
  }

  get url(): string {
    return this.target.url;
  }

  /** Whether the log has the events that were added, see addEvents(). */
  get isLarge(): boolean {
    return this.pools.head > 50_000;
  }

  get timeIsUp(): boolean {
    return Date.now() >= this.until || !this.target.running;
  }

  /** The same stage with counters and a time of its own: what an attack leaves undone must not count for the next. */
  begin({ share = 1 }: Attack): Stage {
    const own = Object.assign(Object.create(Stage.prototype) as Stage, this);
    [own.asked, own.codes, own.troubles, own.notes, own.remark] = [0, new Map(), [], [], ''];
    own.ownMs = [];
    own.until = Date.now() + this.seconds * share * 1_000;
    return own;
  }

  /** Counts what came beside answers. */
  count(what: string, times = 1): void {
    this.codes.set(what, (this.codes.get(what) ?? 0) + times);
  }

  /** Does it, and says how much CPU time of the main thread went by for each that was asked meanwhile. */
  async mainThreadMsEach(work: () => Promise<unknown>): Promise<number> {
    const [before, asked] = [this.target.mainThreadMs(), this.asked];
    await work();
    return (this.target.mainThreadMs() - before) / Math.max(1, this.asked - asked);
  }

  /** Waits until the time is up, or something ends earlier. */
  async rest(): Promise<void> {
    while (!this.timeIsUp) await pause(100);
  }

  /** What was under way at an instant. */
  blamed(at: number): string {
    return this.notes.findLast((note) => note.at <= at)?.what ?? '';
  }

  note(what: string): void {
    this.notes.push({ at: Date.now(), what });
  }

  /** Somebody of a role, with a budget and an address that nobody else has. */
  async caller(who: Who): Promise<Caller> {
    const number = ++this.callers.made;
    const address = `127.1.${(number >> 8) & 255}.${number & 255 || 1}`;
    if (who === 'STRANGER') return { name: who, address };
    const first = (prefix: string) => this.pools.ids.get(prefix)![0]!;
    const reach: Partial<TokenClaims> = {
      ...(who === Role.UNIT_MANAGER && { unitId: first('unit') }),
      ...(who === Role.UNIVERSITY_REGISTRAR && { universityId: first('university') }),
      ...(who === Role.OFFICIAL && { officialId: first('official') }),
    };
    const claims = { ...(who !== 'NONE' && { role: who }), ...reach };
    const secret = new TextEncoder().encode(this.target.secret);
    const token = await signToken(secret, { ...claims, subject: `attacker ${number}`, lifetime: '2h' });
    return { name: who, token, address };
  }

  /** One operation over HTTP. */
  async ask(caller: Caller, operation: Operation, how?: How): Promise<Answer> {
    return this.raw(caller, JSON.stringify(operation), how);
  }

  /** Whatever body over HTTP. */
  async raw(caller: Caller, body: string | Buffer, how?: How): Promise<Answer> {
    return this.took(caller, body, await post(this.url, caller, body, how));
  }

  /** The first message of a stream. */
  async stream(caller: Caller, operation: Operation | string, how?: How): Promise<Answer> {
    const body = typeof operation === 'string' ? operation : JSON.stringify(operation);
    return this.took(caller, body, await stream(this.url, caller, body, how));
  }

  /** The first message of an operation over a socket. */
  async over(line: Line, caller: Caller, operation: Operation, ms?: number): Promise<Answer> {
    return this.took(caller, JSON.stringify(operation), await line.ask(operation, ms));
  }

  /** The first message of an operation over a socket of its own. */
  async socket(caller: Caller, operation: Operation, ms?: number): Promise<Answer> {
    const line = await Line.open(this.url, caller);
    try {
      return await this.over(line, caller, operation, ms);
    } finally {
      line.close();
    }
  }

  /** One of many that its caller asks for at a time. */
  async timed<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    return work().finally(() => this.ownMs.push(performance.now() - began));
  }

  /** Does it again and again, so many at a time, until the time is up or there is no more. */
  async flood(width: number, one: (turn: number) => Promise<unknown>, most = Infinity): Promise<void> {
    let turn = 0;
    const loop = async (): Promise<void> => {
      while (!this.timeIsUp && turn < most) await one(turn++);
    };
    await Promise.all(Array.from({ length: width }, loop));
  }

  /** Counts an answer, and looks for what should not be in it. */
  took(caller: Caller, sent: string | Buffer, answer: Answer): Answer {
    this.asked += 1;
    const { text, cut, status } = answer;
    const code = cut === null ? codeOf(status, text) : cut;
    this.count(code);
    if (isInternal(text) || status === 500 || status === 1011 || status === 4500) {
      const reference = /Reference: ([\w-]+)/.exec(text)?.[1] ?? null;
      this.internal.push({ where: caller.name, reference, sent: shorten(sent.toString()) });
    }
    if (IMPERSONAL.has(caller.name)) {
      const told = this.secrets.toldIn(text.slice(0, 200_000), sent.toString());
      if (told.length > 0) {
        this.leaks.push(`${caller.name} was told ${told.join(', ')} by ${shorten(sent.toString())}`);
      }
    }
    return answer;
  }
}

/** The beginning and the end of what may be a megabyte. */
export function shorten(text: string): string {
  return text.length <= SHOWN
    ? text
    : `${text.slice(0, SHOWN / 2)} … ${text.length} characters … ${text.slice(-SHOWN / 2)}`;
}
