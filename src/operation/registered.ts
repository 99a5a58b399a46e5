// Registered documents: those that an operator lets clients send by their hash (persisted queries), and may let them send
// only; and, where switched on, those that clients registered themselves a while ago (automatic persisted queries).
import { createHash } from 'node:crypto';

/** Letters of all documents that clients registered: beyond, the one that was asked for longest ago is forgotten. */
const MOST_LETTERS = 1_000_000;
const LONGEST = 20_000;

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
  private readonly remembered = new Map<string, string>();
  private letters = 0;

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
    const key = id.replace(/^sha256:/, '');
    const registered = this.settings.registered.get(key) ?? this.settings.registered.get(id);
    if (registered !== undefined) return registered;
    const text = this.remembered.get(key);
    if (text === undefined) return undefined;
    this.remembered.delete(key);
    this.remembered.set(key, text);
    return text;
  }

  /** Remembers what a client registers. @returns false when the hash is that of another text. */
  remember(id: string, text: string): boolean {
    const key = id.replace(/^sha256:/, '');
    if (createHash('sha256').update(text).digest('hex') !== key) return false;
    if (!this.automatic || text.length > LONGEST || this.remembered.has(key)) return true;
    this.remembered.set(key, text);
    this.letters += text.length;
    for (const [oldest, { length }] of this.remembered) {
      if (this.letters <= MOST_LETTERS) break;
      this.remembered.delete(oldest);
      this.letters -= length;
    }
    return true;
  }
}
