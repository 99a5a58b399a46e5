// npm run schema: writes the generated files schema.graphql, docs/events.md and docs/errors.md.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printSchema } from 'graphql';
import { projectRoot } from '../config/project-root';
import { eventsDocument } from '../events/document';
import { errorsDocument } from '../graphql/errors-document';
import { makeSchema } from '../schema';

const schema = makeSchema();
writeFileSync(join(projectRoot, 'schema.graphql'), `${printSchema(schema)}\n`);
writeFileSync(join(projectRoot, 'docs', 'events.md'), eventsDocument(schema));
writeFileSync(join(projectRoot, 'docs', 'errors.md'), errorsDocument(schema));
