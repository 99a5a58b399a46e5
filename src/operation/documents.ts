// Cache of valid documents: clients send the same few again and again, and need not wait for them to be parsed.
import type { DocumentNode } from 'graphql';

/** Letters of all of them: a parsed document takes some 50 times its text. */
const MOST_LETTERS = 200_000;
/** One longer than this is not kept: no client sends it often. */
const LONGEST = 20_000;

/** The ones that were asked for last. */
export class Documents {
  private readonly known = new Map<string, DocumentNode>();
  private letters = 0;

  get(text: string): DocumentNode | undefined {
    const document = this.known.get(text);
    if (document) {
      this.known.delete(text);
      this.known.set(text, document);
    }
    return document;
  }

  keep(text: string, document: DocumentNode): void {
    if (text.length > LONGEST || this.known.has(text)) return;
    this.known.set(text, document);
    this.letters += text.length;
    for (const oldest of this.known.keys()) {
      if (this.letters <= MOST_LETTERS) break;
      this.known.delete(oldest);
      this.letters -= oldest.length;
    }
  }
}
