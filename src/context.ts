// What is a resolver handed? Who asks, in which language, and how to read; write() takes it whole.
import type { Actor } from './access/actor';
import type { Feed } from './events/feed';
import type { WriteContext } from './events/write';
import type { Database } from './lib/database';
import { dayOf } from './lib/dates';
import type { Locale } from './lib/errors';
import { Reader } from './lib/reader';

/** What lives as long as the process. */
export interface Services {
  database: Database;
  feed: Feed;
  /** Whether the registry was filled with the sample city. */
  sampleData: boolean;
}

/** What an operation knows of its caller. */
export interface Caller {
  actor: Actor;
  locale: Locale;
  requestId: string | null;
}

/** One operation: a query, a mutation, or one event of a subscription. Whoever makes one must end its reader. */
export class Context implements WriteContext {
  readonly reader: Reader;
  /** The day in the city on which the operation takes place. */
  readonly today = dayOf(new Date());

  constructor(
    readonly services: Services,
    readonly caller: Caller,
  ) {
    this.reader = new Reader(services.database);
  }

  get database(): Database {
    return this.services.database;
  }

  get feed(): Feed {
    return this.services.feed;
  }

  get actor(): Actor {
    return this.caller.actor;
  }

  get locale(): Locale {
    return this.caller.locale;
  }

  get requestId(): string | null {
    return this.caller.requestId;
  }
}
