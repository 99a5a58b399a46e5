// GraphQL schema: the list of all resolvers, and how the schema is built from them.
import 'reflect-metadata';
import { type GraphQLObjectType, type GraphQLSchema, lexicographicSortSchema } from 'graphql';
import { buildSchemaSync, type ClassType, type PubSub, type ValidatorFn } from 'type-graphql';
import { gate, permissionsOf } from './access/gate';
import { guardPersonalFields, noteRowsOfPersons } from './access/personal';
import { resolveReferences } from './access/reference';
import { countAnswers } from './operation/answer';
import { placeLists } from './operation/place-lists';
import { badInput } from './graphql/errors';
import { type ListArgs, PageArgs } from './graphql/page';
import { labelEnums } from './graphql/labels';
import { asSent, deprecateFormerNames, takeNames } from './graphql/renamed';
import { findFaults, tidy } from './graphql/validation';
import { resolvers as cohortEvents } from './registry/cohort/cohort.events';
import { resolvers as cohort } from './registry/cohort/cohort.resolver';
import { resolvers as leftOpen } from './registry/left-open/left-open.resolver';
import { resolvers as commitment } from './registry/commitment/commitment.resolver';
import { resolvers as committee } from './registry/committee/committee.resolver';
import { resolvers as document } from './registry/document/document.resolver';
import { resolvers as enrolment } from './registry/cohort/enrolment.resolver';
import { resolvers as graduateEvents } from './registry/graduate/graduate.events';
import { resolvers as credential } from './registry/graduate/credential.resolver';
import { resolvers as graduate } from './registry/graduate/graduate.resolver';
import { resolvers as grant } from './registry/grant/grant.resolver';
import { resolvers as followUp } from './registry/initiative/follow-up.resolver';
import { resolvers as initiativeEvents } from './registry/initiative/initiative.events';
import { resolvers as initiative } from './registry/initiative/initiative.resolver';
import { NodeResolver } from './registry/node.resolver';
import { resolvers as official } from './registry/official/official.resolver';
import { resolvers as partnership } from './registry/partnership/partnership.resolver';
import { resolvers as plan } from './registry/plan/plan.resolver';
import { resolvers as position } from './registry/position/position.resolver';
import { resolvers as privacy } from './privacy/privacy.resolver';
import { resolvers as programme } from './registry/programme/programme.resolver';
import { resolvers as requirement } from './registry/requirement/requirement.resolver';
import { resolvers as session } from './registry/session/session.resolver';
import { resolvers as correction } from './registry/correction/correction.resolver';
import { resolvers as source } from './registry/source/source.resolver';
import { resolvers as statedFigure } from './registry/stated-figure/stated-figure.resolver';
import { resolvers as topic } from './registry/topic/topic.resolver';
import { resolvers as trainingOrderEvents } from './registry/training-order/training-order.events';
import { resolvers as trainingOrder } from './registry/training-order/training-order.resolver';
import { resolvers as unit } from './registry/unit/unit.resolver';
import { resolvers as university } from './registry/university/university.resolver';
import { resolvers as planProgress } from './statistics/plan-progress.resolver';
import { resolvers as statedFigureCounts } from './statistics/stated-figure.resolver';
import { resolvers as statistics } from './statistics/statistics.resolver';

/** The resolvers of each noun, including the fields it adds to other nouns' types. */
const resolvers: [ClassType, ...ClassType[]] = [
  NodeResolver,
  ...unit,
  ...position,
  ...topic,
  ...official,
  ...university,
  ...partnership,
  ...programme,
  ...cohort,
  ...cohortEvents,
  ...leftOpen,
  ...enrolment,
  ...commitment,
  ...credential,
  ...graduate,
  ...graduateEvents,
  ...session,
  ...requirement,
  ...source,
  ...correction,
  ...statedFigure,
  ...plan,
  ...document,
  ...committee,
  ...trainingOrder,
  ...trainingOrderEvents,
  ...initiative,
  ...initiativeEvents,
  ...followUp,
  ...grant,
  ...privacy,
  ...planProgress,
  ...statedFigureCounts,
  ...statistics,
];

/**
 * Builds the schema, with its guards.
 * @throws Error when a root field declares no permission.
 */
export function makeSchema(): GraphQLSchema {
  const declared = buildSchemaSync({
    resolvers,
    authChecker: gate,
    validateFn: checkArguments,
    pubSub: noPubSub,
  });
  permissionsOf(declared);
  deprecateFormerNames(declared);
  resolveReferences(declared);
  labelEnums(declared); // before what guards the values guards their labels, too
  const schema = lexicographicSortSchema(declared); // as explorers and schema.graphql list it
  guardPersonalFields(schema); // wraps the resolvers set before
  noteRowsOfPersons(schema);
  placeLists(schema);
  countAnswers(schema);
  schema.description = WHOLE;
  for (const [root, description] of ROOTS)
    (schema.getType(root) as GraphQLObjectType).description = description;
  return schema;
}

let shared: GraphQLSchema | null = null;

/** The schema, built once and shared by all servers of a process: building it takes longer than the rest of a start. */
export function sharedSchema(): GraphQLSchema {
  return (shared ??= makeSchema());
}

/** Descriptions that TypeGraphQL cannot declare. */
const WHOLE =
  'How the city trains its cadres, civil servants and public employees: units and officials, programmes and cohorts, enrolments and graduates, plans and figures. Begin with `cohorts` or `trainingStatistics`; follow changes after the `asOf` of a list (đào tạo, bồi dưỡng cán bộ, công chức, viên chức).';

const ROOTS = [
  ['Query', 'What can be read (truy vấn).'],
  ['Mutation', 'What can be changed; each mutation happens whole or not at all (thay đổi).'],
  ['Subscription', 'What can be followed live, each event exactly once and in commit order (theo dõi).'],
] as const;

/** TypeGraphQL requires a PubSub; every subscription here has its own `subscribe`, which follows the event log. */
const noPubSub: PubSub = {
  publish: () => {
    throw new Error('Events go through the log: record them in write().');
  },
  subscribe: () => {
    throw new Error('Give the subscription a `subscribe` that follows the feed.');
  },
};

/** Validates filters; the inputs of mutations are validated in write(), which returns userErrors. */
const checkArguments: ValidatorFn<object> = (value, _type, { info }) => {
  if (info.parentType.name === 'Mutation') return;
  const input: unknown = value instanceof PageArgs ? (value as ListArgs).filter : value;
  if (input == null || typeof input !== 'object' || Array.isArray(input)) return;
  const misnamed = takeNames(input);
  const [fault] = [...misnamed, ...findFaults(tidy(input))];
  if (fault) throw badInput(`${info.fieldName}: ${asSent(input, fault.path).join('.')}: ${fault.text.en}`);
};
