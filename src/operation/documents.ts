// Parsed documents: a cache of the valid ones, because clients send the same few again and again, and their size.
import type { DocumentNode, Token } from 'graphql';

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

/** What a parsed document takes in memory for each of its tokens, measured. */
const TOKEN_BYTES = 400;
const bytesOf = new WeakMap<DocumentNode, number>();

/** Lets go of the tokens of a document, comments among them: its nodes keep their places without the others. */
export function releaseTokens(document: DocumentNode): DocumentNode {
  let tokens = 0;
  for (let token: Token | null = document.loc?.startToken ?? null; token; tokens += 1) {
    const { next } = token;
    Object.assign(token, { prev: null, next: null });
    token = next;
  }
  bytesOf.set(document, tokens * TOKEN_BYTES);
  return document;
}

/** About how many bytes a document takes that releaseTokens has seen. */
export const documentBytes = (document: DocumentNode): number => bytesOf.get(document) ?? 0;
