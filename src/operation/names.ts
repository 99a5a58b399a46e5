// Size of documents before they are parsed: length of names, and number of lines.
//
// Names are aliases, operations, fragments and variables of a document, and ids of operations on a socket.
//
// An alias is repeated in the answer for each record, and validation repeats other names in its messages: a document of
// one long name asks for gigabytes. So names are looked at before the document is parsed or validated.
import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';

/**
 * The length of the longest name of a document, or of its first one longer than allowed.
 * @param maxTokens as many tokens as the parser will read; what comes after them is refused in any case.
 */
export function longestName(text: string, allowed: number, maxTokens: number): number {
  const lexer = new Lexer(new Source(text));
  let longest = 0;
  try {
    for (let read = 0; read <= maxTokens && longest <= allowed; read++) {
      const { kind, start, end } = lexer.advance();
      if (kind === TokenKind.EOF) break;
      if (kind === TokenKind.NAME) longest = Math.max(longest, end - start);
    }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error; // the parser reports a wrong sign
  }
  return longest;
}

/**
 * The number of lines of a document, or one more than allowed. Each error looks up its line among them, and each may hold
 * a comment, which the parser keeps and does not count.
 */
export function linesOf(text: string, allowed: number): number {
  let lines = 1;
  for (const ends = /[\n\r]/g; lines <= allowed && ends.test(text);) lines += 1;
  return lines;
}
