// Error codes: docs/errors.md lists every `extensions.code` that the source or Apollo Server can send, and no other.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import ts from 'typescript';
import { projectRoot } from '../../src/config/project-root';

const SOURCE = join(projectRoot, 'src');
const CODE = /^[A-Z]+(_[A-Z]+)+$|^FORBIDDEN$|^UNAVAILABLE$|^UNAUTHENTICATED$/;

/** Whether a text of the source becomes a code: what is given to apiError(), and `code` of `extensions`. */
function isSent(text: ts.StringLiteral): boolean {
  let node: ts.Node = text;
  while (ts.isConditionalExpression(node.parent) && node.parent.condition !== node) node = node.parent;
  const { parent } = node;
  if (ts.isCallExpression(parent))
    return parent.expression.getText() === 'apiError' && parent.arguments[0] === node;
  if (!ts.isPropertyAssignment(parent) || parent.name.getText() !== 'code') return false;
  const { parent: owner } = parent.parent;
  return ts.isPropertyAssignment(owner) && owner.name.getText() === 'extensions';
}

/** The codes that the source sends, each with a file that does. */
function codesOfSource(): Map<string, string> {
  const found = new Map<string, string>();
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  for (const file of files) {
    const tree = ts.createSourceFile(
      file,
      readFileSync(join(SOURCE, file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteral(node) && CODE.test(node.text) && isSent(node)) found.set(node.text, file);
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  return found;
}

const listed = (heading: string) => {
  const page = readFileSync(join(projectRoot, 'docs', 'errors.md'), 'utf8');
  const section = page.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return [...section.matchAll(/^- `([A-Z_]+)`: /gm)].map(([, code]) => code!);
};

it('every code that can be sent is in the table, and the table has no other', () => {
  const sent = codesOfSource();
  expect(sent.size).toBeGreaterThan(8);
  const codes = new Set([...sent.keys(), ...Object.values<string>(ApolloServerErrorCode)]);
  expect(listed('Codes of top-level errors')).toEqual([...codes].sort());
});
