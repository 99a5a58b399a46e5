// Registered documents: those that an operator lets clients send by their hash (persisted queries), and may let them send
// only; and, where switched on, those that clients registered themselves a while ago (automatic persisted queries).
import { createHash } from 'node:crypto';

/** Letters of all documents that clients registered: beyond, the one that was asked for longest ago is forgotten. */
const MOST_LETTERS = 1_000_000;
const LONGEST = 20_000;
/** Letters of those that one caller registered first: so one alone does not make the documents of others forgotten. */
const LETTERS_OF_CALLER = 100_000;

/** What a short one counts as. */
const LEAST_LETTERS = 500;

interface Remembered {
  text: string;
  /** Key of the caller who registered it. */
  by: string;
}

export interface DocumentSettings {
  /** Texts by their hash or other id. */
  registered: ReadonlyMap<string, string>;
  /** Whether no other document is executed, on any transport. */
  only: boolean;
  /** Whether clients may register documents themselves. */
  automatic: boolean;
}

export class RegisteredDocuments {
  private readonly texts: ReadonlySet<string>;
  private readonly remembered = new Map<string, Remembered>();

  constructor(private readonly settings: DocumentSettings) {
    this.texts = new Set(settings.registered.values());
  }

  get automatic(): boolean {
    return this.settings.automatic;
  }

  /** Whether documents can be sent by their id at all. */
  get inUse(): boolean {
    return this.automatic || this.settings.only || this.texts.size > 0;
  }

  /** Whether a document may be executed. */
  admits(text: string): boolean {
    return !this.settings.only || this.texts.has(text);
  }

  /** @param id also with the prefix `sha256:` of GraphQL over HTTP. */
  textOf(id: string): string | undefined {
    const key = keyOf(id);
    const registered = this.settings.registered.get(key) ?? this.settings.registered.get(id);
    if (registered !== undefined) return registered;
    const known = this.remembered.get(key);
    if (known === undefined) return undefined;
    this.remembered.delete(key);
    this.remembered.set(key, known);
    return known.text;
  }

  /** Whether an id is the hash of a text; it is not looked at where the text is longer than what is remembered. */
  fits(id: string, text: string): boolean {
    return text.length > LONGEST || createHash('sha256').update(text).digest('hex') === keyOf(id);
  }

  /** Remembers a document that a client registers and that was found good. @param by key of the caller. */
  remember(id: string, text: string, by: string): void {
    const key = keyOf(id);
    if (!this.automatic || text.length > LONGEST || this.remembered.has(key)) return;
    this.remembered.set(key, { text, by });
    this.forget(LETTERS_OF_CALLER, (each) => each.by === by);
    this.forget(MOST_LETTERS, () => true);
  }

  /** Forgets what was asked for longest ago, until the rest has few enough letters. */
  private forget(most: number, which: (each: Remembered) => boolean): void {
    const those = [...this.remembered].filter(([, each]) => which(each));
    let letters = those.reduce((sum, [, each]) => sum + lettersOf(each), 0);
    for (const [key, each] of those) {
      if (letters <= most) break;
      this.remembered.delete(key);
      letters -= lettersOf(each);
    }
  }
}

const lettersOf = ({ text }: Remembered): number => Math.max(text.length, LEAST_LETTERS);

/** An id without the prefix of GraphQL over HTTP. */
const keyOf = (id: string): string => id.replace(/^sha256:/, '');
