// Per-operation context: caller, locale, rights and reader. write() takes it whole.
import type { GraphQLInputType, GraphQLResolveInfo } from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import type { EntityManager } from 'typeorm';
import type { AccessLog } from '../access/access-log';
import type { Actor } from '../access/actor';
import { callerKey } from '../access/caller';
import { assertMay } from '../access/gate';
import type { Identity } from '../access/identity';
import { MergedRecord } from '../access/merged.entity';
import { personIn } from '../access/person';
import type { Permission, Role } from '../access/policy';
import { keepRights, readActor } from '../access/rights';
import { type Scope, type Shown, type ShownWith } from '../access/scope';
import { Answer, type AnswerBounds } from './answer';
import type { Feed } from '../events/feed';
import { readHead, type Searched } from '../events/log';
import type { WriteContext } from '../events/write';
import { type Database, NOW, type Row } from '../database/database';
import { dayOf } from '../lib/dates';
import { apiError } from '../graphql/errors';
import type { Locale, Text } from '../lib/locale';
import { entityOf, type Node } from '../graphql/node';
import type { ListArgs, Listing, ListOptions, Page, ShownRows } from '../graphql/page';
import { readPage } from '../graphql/read-page';
import { Reader } from '../graphql/reader';
import type { Sql, Statement } from '../lib/sql';
import type { Ledger } from './ledger';

const LONGEST_NAME = 100;

/** Shown in place of personal data while it cannot be recorded who reads them. */
const NOT_SHOWN: Text = {
  vi: 'Dữ liệu cá nhân tạm thời không được hiển thị vì chưa ghi lại được ai đã đọc. Hãy thử lại sau.',
  en: 'Personal data are not shown for now, because it cannot be noted who reads them. Try again later.',
};
/** The same for the answer to a change that was saved: a user who thinks it was refused would repeat it. */
const SAVED_NOT_SHOWN: Text = {
  vi: 'Thay đổi ĐÃ được lưu; chỉ dữ liệu cá nhân trong kết quả tạm thời không được hiển thị vì chưa ghi lại được ai đã đọc. Gửi lại sau với cùng clientMutationId là an toàn: không có gì thay đổi thêm lần nữa.',
  en: 'The change WAS saved; only the personal data in its answer are not shown for now, because it cannot be noted who reads them. To send it again later with the same clientMutationId is safe: it changes nothing twice.',
};

/** What lives as long as the process. */
export interface Services {
  database: Database;
  feed: Feed;
  accessLog: AccessLog;
  /** How large answers may become, and the memory that all of them share. */
  answerBounds: AnswerBounds;
  ledger: Ledger;
  /** How many windows of the event log one operation may search. */
  windows: number;
  /** The role of a caller without a token; null for none. */
  anonymous: Role | null;
  /** Whether the registry was filled with the sample city. */
  sampleData: boolean;
}

/** What an operation knows of its caller. */
export interface Caller {
  /** Null for a caller without a token. */
  identity: Identity | null;
  locale: Locale;
  requestId: string | null;
  /** Where the request or socket comes from. */
  address: string;
}

/** One operation: a query, a mutation, or one event of a subscription. It must be ended. */
export class Context implements WriteContext {
  /** The permission of the root field that runs, set by the gate; mutations run one after another. */
  asked: Permission | null = null;
  /** The type of its input, if it is a mutation. */
  inputType: GraphQLInputType | null = null;
  /** Whether the mutation that runs was committed; set by write(). */
  saved = false;
  /** The size of its answer. */
  readonly answer: Answer;
  /** What its pulls of events have searched together. */
  readonly searched: Searched;
  /** Whether lists tell their place in the event log; set where one is asked for it. */
  placesLists = false;
  private readonly places = new WeakMap<EntityManager, Promise<string>>();
  private readonly personsRead = new Set<string>();
  private operation = '';

  constructor(
    readonly services: Services,
    readonly caller: Caller,
    readonly reader: Reader,
    readonly actor: Actor,
    /** The day in the city on which the operation takes place. */
    readonly today: string,
  ) {
    this.searched = { windows: 0, allowed: services.windows };
    this.answer = new Answer(reader, services.answerBounds, services.ledger, callerKey(caller));
  }

  /**
   * A context with the rights that the caller has at this moment.
   * @param reader one that is watched already; a fresh one when left out.
   */
  static async open<C extends Context>(
    this: new (services: Services, caller: Caller, reader: Reader, actor: Actor, today: string) => C,
    services: Services,
    caller: Caller,
    reader = new Reader(services.database, callerKey(caller)),
  ): Promise<C> {
    const today = dayOf(new Date());
    try {
      // Data may be a moment old where replicas answer; rights may not.
      const actor = await reader.read(
        (manager) => readActor(manager, caller.identity, services.anonymous, today),
        NOW,
      );
      await reader.renew();
      return new this(services, caller, reader, actor, today);
    } catch (error) {
      await reader.end();
      throw error;
    }
  }

  get database(): Database {
    return this.services.database;
  }

  get feed(): Feed {
    return this.services.feed;
  }

  get locale(): Locale {
    return this.caller.locale;
  }

  get requestId(): string | null {
    return this.caller.requestId;
  }

  /** Runs long statements for the caller, as Reader.count does. */
  count(statements: Statement[]): Promise<Row[][]> {
    return this.reader.count(statements);
  }

  /** Where a permission of the caller reaches, as SQL. */
  scope(permission: Permission): Scope {
    return this.actor.scope(permission);
  }

  /** The condition of the rows of an entity that the caller may see. */
  within({ shown }: { shown: Shown }): (alias: string) => Sql {
    return (alias) => shown.rows(this.scope(shown.by), alias);
  }

  /** A page of a list: of the rows that the caller may see, where the entity is `shown` or a condition is given. */
  list<T extends Node, F extends object>(
    listing: Listing<T, F>,
    args: ListArgs<F>,
    options: ListOptions = {},
  ): Promise<Page<T>> {
    const { entity } = listing;
    const { shown: rule } = entity as { shown?: Shown };
    const within = rule && this.within({ shown: rule });
    const withheld = rule !== undefined && !this.scope(rule.by).reach.everything;
    const place = this.placesLists ? this.placeOf : undefined;
    // Lists name the entities of their conditions by their constructors alone; each of them declares who sees its rows.
    const shown: ShownRows = (other, alias) => this.within(other as unknown as { shown: Shown })(alias);
    return readPage(this.reader, this.today, listing, args, { within, withheld, shown, place, ...options });
  }

  /** The record with this id, if the caller may see it. */
  findShown<T extends Node>(
    entity: (new () => T) & { shown: Shown },
    id: string | null | undefined,
  ): Promise<T | null> {
    return this.reader.findWithin(entity, id, this.within(entity));
  }

  /**
   * The record with this id, whatever its type, if the caller may see it: the only way to a record whose type is not
   * known beforehand, for `node` as for the payload of a mutation. The id of one that was merged finds the kept one.
   * @throws BAD_USER_INPUT for an id of no type that this registry has.
   */
  async findNode(id: string): Promise<Node | null> {
    const entity = this.reader.entityOf(id);
    const found =
      'shownWith' in entity
        ? await this.findShownWith(entity as typeof entity & ShownWith, id)
        : await this.findDeclared(entity, id);
    if (found) return found;
    const merged = await this.reader.find(MergedRecord, id);
    return merged && this.findNode(merged.intoId);
  }

  /** The record with this id; where the entity is `shown` to some, if the caller is among them. */
  findDeclared<T extends Node>(entity: new () => T, id: string): Promise<T | null> {
    return 'shown' in entity
      ? this.findShown(entity as typeof entity & { shown: Shown }, id)
      : this.reader.find(entity, id);
  }

  /** The record with this id, if the caller may see the record it is about, and the person that is about. */
  private async findShownWith(entity: (new () => Node) & ShownWith, id: string): Promise<Node | null> {
    const record = (await this.reader.find(entity, id)) as (Node & Record<string, string>) | null;
    if (!record || !(await this.findNode(record[entity.shownWith]!))) return null;
    const personId = personIn(entity, record);
    return personId === null || (await this.sees(personId)) ? record : null;
  }

  /** Whether the caller is this person. */
  is(personId: string): boolean {
    return this.actor.roles.some((role) => role.officialId === personId);
  }

  /** Whether the caller may see who this person is: by the rule of the record of their kind. */
  sees(personId: string): boolean | Promise<boolean> {
    const kind = entityOf(this.database.metadata, personId) as (new () => Node) & { shown: Shown };
    if (this.scope(kind.shown.by).reach.everything) return true;
    return this.findShown(kind, personId).then(Boolean);
  }

  /**
   * Those of these persons that the caller may see. A filter by persons uses only these: otherwise a row whose name
   * is hidden could be found by that name. Each of them counts as read, because even an empty list tells of them.
   * @throws UNAVAILABLE as noteRead does.
   */
  async seenAmong<T extends string[] | null | undefined>(personIds: T, info: GraphQLResolveInfo): Promise<T> {
    if (!personIds) return personIds;
    const found = await Promise.all(personIds.map((id) => this.findNode(id)));
    const seen = found.flatMap((person) => person?.id ?? []); // of a merged record, the kept one
    for (const id of seen) if (!this.is(id)) this.noteRead(id, info);
    return seen as T;
  }

  /**
   * The caller with the rights that they had when the operation began and still have, and keep until this transaction
   * ends.
   * @throws FORBIDDEN when what the field asks for is no longer among them.
   */
  async keepRights(manager: EntityManager, today: string): Promise<Actor> {
    const { identity } = this.caller;
    const actor = await keepRights(manager, this.actor, identity, this.services.anonymous, today);
    if (this.asked) assertMay(actor, this.asked);
    return actor;
  }

  /**
   * Remembers that the caller sees data of this person.
   * @throws UNAVAILABLE when that cannot be recorded: then the data must not be shown.
   */
  noteRead(personId: string, info: GraphQLResolveInfo): void {
    if (this.personsRead.size === 0 && !this.services.accessLog.hasRoom) {
      throw apiError('UNAVAILABLE', (this.saved ? SAVED_NOT_SHOWN : NOT_SHOWN)[this.locale]);
    }
    this.personsRead.add(personId);
    this.operation ||= operationOf(info);
  }

  /** Gives back what the operation has read with, and records whose data it showed. */
  async end(): Promise<void> {
    this.answer.end();
    if (this.personsRead.size > 0) {
      const granted = this.actor.roles.flatMap(({ officialId, grantId }) => (grantId && officialId) || []);
      this.services.accessLog.note({
        subject: this.actor.subject,
        readerId: new Set(granted).size === 1 ? granted[0] : undefined,
        operation: this.operation,
        requestId: this.requestId,
        personIds: [...this.personsRead],
        occurredAt: new Date(),
      });
      this.personsRead.clear();
    }
    await this.reader.end();
  }

  /** The place in the event log that a snapshot has reached: read once, whatever the number of its lists. */
  private readonly placeOf = (manager: EntityManager): Promise<string> => {
    const known = this.places.get(manager) ?? readHead(manager);
    this.places.set(manager, known);
    return known;
  };
}

/** Kind, name and root fields; no variables, which may name the person that was searched for. */
function operationOf({ operation, schema, fragments, variableValues }: GraphQLResolveInfo): string {
  const type = schema.getRootType(operation.operation)!;
  const nodes = [...collectFields(schema, fragments, variableValues, type, operation.selectionSet).values()];
  // Each field once, whatever aliases it was given, and all of them: a long name or list must not hide the rest.
  const fields = new Set(nodes.map(([node]) => node!.name.value));
  const name = operation.name ? ` ${operation.name.value.slice(0, LONGEST_NAME)}` : '';
  return `${operation.operation}${name} { ${[...fields].join(' ')} }`;
}
