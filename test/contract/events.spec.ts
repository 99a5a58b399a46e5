// The document of events: what the catalogue and the schema say, to the letter.
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root';
import { eventsDocument } from '../../src/events/document';
import { makeSchema } from '../../src/schema';

it('docs/events.md is current', () => {
  const committed = readFileSync(join(projectRoot, 'docs', 'events.md'), 'utf8');
  expect(eventsDocument(makeSchema())).toBe(committed);
});

it('every mutation says which events it records', () => {
  const mutations = Object.values(makeSchema().getMutationType()!.getFields());
  expect(mutations.filter(({ extensions }) => !extensions.events).map(({ name }) => name)).toEqual([]);
});
