// npm run schema: writes schema.graphql, the file clients generate their types from.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { projectRoot } from './config';
import { makeSchema } from './schema';

writeFileSync(join(projectRoot, 'schema.graphql'), `${printSchema(lexicographicSortSchema(makeSchema()))}\n`);
