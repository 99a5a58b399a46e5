// What does the API consist of? The list of resolvers, and how the schema is built from them.
import 'reflect-metadata';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { buildSchemaSync, type PubSub, type ValidatorFn } from 'type-graphql';
import { gate, permissionsOf } from './access/gate';
import { guardPersonalFields, noteRowsOfPersons } from './access/personal';
import { countAnswers } from './answer';
import { badInput } from './lib/errors';
import { PageArgs } from './lib/page';
import { findFaults, tidy } from './lib/validation';
import { CohortEventResolver } from './registry/cohort/cohort.events';
import {
  CohortResolver,
  ProgrammeCohortsResolver,
  UnitCohortsResolver,
  UniversityCohortsResolver,
} from './registry/cohort/cohort.resolver';
import {
  LeftOpenResolver,
  ReorganiseUnitsLeftOpenResolver,
  UnitLeftOpenResolver,
} from './registry/cohort/left-open.resolver';
import {
  CommitteeMemberResolver,
  DocumentCommitteesResolver,
  UnitCommitteeMembersResolver,
} from './registry/committee/committee.resolver';
import {
  DocumentResolver,
  PlanDocumentsResolver,
  ProgrammeDocumentsResolver,
} from './registry/document/document.resolver';
import { CourseResolver } from './registry/enrolment/course.resolver';
import {
  CohortEnrolmentsResolver,
  EnrolmentResolver,
  OfficialEnrolmentsResolver,
} from './registry/enrolment/enrolment.resolver';
import {
  CompensationResolver,
  EnrolmentCommitmentResolver,
  OfficialCommitmentsResolver,
  ServiceCommitmentResolver,
  ServiceRuleResolver,
} from './registry/commitment/commitment.resolver';
import { GraduateEventResolver } from './registry/graduate/graduate.events';
import {
  CohortGraduatesResolver,
  EnrolmentGraduateResolver,
  GraduateResolver,
  OfficialGraduationsResolver,
  ThesisResolver,
} from './registry/graduate/graduate.resolver';
import { RoleGrantResolver, ViewerResolver, ViewerRoleResolver } from './registry/grant/grant.resolver';
import { FollowUpResolver, GraduateFollowUpsResolver } from './registry/initiative/follow-up.resolver';
import { InitiativeEventResolver } from './registry/initiative/initiative.events';
import {
  CohortInitiativesResolver,
  InitiativeGroupResolver,
  InitiativeResolver,
  UnitInitiativesResolver,
  UniversityInitiativesResolver,
} from './registry/initiative/initiative.resolver';
import { NodeResolver } from './registry/node/node.resolver';
import {
  AssignmentResolver,
  OfficialResolver,
  UnitOfficialsResolver,
} from './registry/official/official.resolver';
import {
  PartnershipResolver,
  UnitPartnershipsResolver,
  UniversityPartnershipsResolver,
} from './registry/partnership/partnership.resolver';
import { PlanTargetResolver, TrainingPlanResolver, UnitPlansResolver } from './registry/plan/plan.resolver';
import { AuditResolver, DataAccessResolver, PersonalDataResolver } from './registry/privacy/privacy.resolver';
import { PositionResolver } from './registry/position/position.resolver';
import {
  ProgrammePartnerResolver,
  ProgrammeResolver,
  UniversityProgrammesResolver,
} from './registry/programme/programme.resolver';
import {
  ComplianceResolver,
  ExemptionResolver,
  LeftOpenRequirementsResolver,
  OfficialExemptionsResolver,
  RequirementResolver,
  UnitRequirementsResolver,
  UnitComplianceResolver,
} from './registry/requirement/requirement.resolver';
import {
  AttendanceResolver,
  CohortSessionsResolver,
  EnrolmentAttendanceResolver,
  OfficialTrainingPeriodsResolver,
  SessionResolver,
} from './registry/session/session.resolver';
import { NodeSourcesResolver, SourceResolver } from './registry/source/source.resolver';
import { StatedFigureResolver } from './registry/stated-figure/stated-figure.resolver';
import { TrainingOrderEventResolver } from './registry/training-order/training-order.events';
import {
  LeftOpenOrdersResolver,
  TrainingOrderResolver,
  UnitOrdersResolver,
  UniversityOrdersResolver,
} from './registry/training-order/training-order.resolver';
import { TopicResolver } from './registry/topic/topic.resolver';
import { UnitResolver, UnitSuccessionResolver } from './registry/unit/unit.resolver';
import { UniversityResolver } from './registry/university/university.resolver';
import { PlanProgressResolver, PlanTargetProgressResolver } from './statistics/plan-progress.resolver';
import { StatedFigureCountResolver } from './statistics/stated-figure.resolver';
import {
  StatisticsGroupResolver,
  StatisticsResolver,
  UnitStatisticsResolver,
} from './statistics/statistics.resolver';

/**
 * Builds the schema.
 * @throws when a root field carries no permission.
 */
export function makeSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      NodeResolver,
      UnitResolver,
      UnitSuccessionResolver,
      PositionResolver,
      TopicResolver,
      OfficialResolver,
      AssignmentResolver,
      UnitOfficialsResolver,
      UniversityResolver,
      PartnershipResolver,
      UnitPartnershipsResolver,
      UniversityPartnershipsResolver,
      ProgrammeResolver,
      ProgrammePartnerResolver,
      UniversityProgrammesResolver,
      CohortResolver,
      ProgrammeCohortsResolver,
      UniversityCohortsResolver,
      UnitCohortsResolver,
      CohortEventResolver,
      LeftOpenResolver,
      UnitLeftOpenResolver,
      ReorganiseUnitsLeftOpenResolver,
      EnrolmentResolver,
      CohortEnrolmentsResolver,
      OfficialEnrolmentsResolver,
      CourseResolver,
      ServiceRuleResolver,
      ServiceCommitmentResolver,
      CompensationResolver,
      EnrolmentCommitmentResolver,
      OfficialCommitmentsResolver,
      GraduateResolver,
      ThesisResolver,
      EnrolmentGraduateResolver,
      CohortGraduatesResolver,
      OfficialGraduationsResolver,
      GraduateEventResolver,
      SessionResolver,
      AttendanceResolver,
      CohortSessionsResolver,
      EnrolmentAttendanceResolver,
      OfficialTrainingPeriodsResolver,
      RequirementResolver,
      UnitRequirementsResolver,
      LeftOpenRequirementsResolver,
      OfficialExemptionsResolver,
      ExemptionResolver,
      ComplianceResolver,
      UnitComplianceResolver,
      NodeSourcesResolver,
      SourceResolver,
      StatedFigureResolver,
      TrainingPlanResolver,
      PlanTargetResolver,
      UnitPlansResolver,
      DocumentResolver,
      ProgrammeDocumentsResolver,
      PlanDocumentsResolver,
      CommitteeMemberResolver,
      UnitCommitteeMembersResolver,
      DocumentCommitteesResolver,
      TrainingOrderResolver,
      LeftOpenOrdersResolver,
      UnitOrdersResolver,
      UniversityOrdersResolver,
      TrainingOrderEventResolver,
      InitiativeResolver,
      InitiativeGroupResolver,
      CohortInitiativesResolver,
      UniversityInitiativesResolver,
      UnitInitiativesResolver,
      InitiativeEventResolver,
      FollowUpResolver,
      GraduateFollowUpsResolver,
      RoleGrantResolver,
      ViewerResolver,
      ViewerRoleResolver,
      AuditResolver,
      DataAccessResolver,
      PersonalDataResolver,
      StatisticsResolver,
      StatedFigureCountResolver,
      PlanTargetProgressResolver,
      PlanProgressResolver,
      StatisticsGroupResolver,
      UnitStatisticsResolver,
    ],
    authChecker: gate,
    validateFn: checkArguments,
    pubSub: noPubSub,
  });
  permissionsOf(schema);
  guardPersonalFields(schema);
  noteRowsOfPersons(schema);
  countAnswers(schema);
  for (const [root, description] of ROOTS)
    (schema.getType(root) as GraphQLObjectType).description = description;
  return schema;
}

let shared: GraphQLSchema | null = null;

/** The schema that all servers of a process share: making it takes longer than the rest of their start. */
export function sharedSchema(): GraphQLSchema {
  return (shared ??= makeSchema());
}

/** TypeGraphQL has no place for these descriptions. */
const ROOTS = [
  ['Query', 'What can be read (truy vấn).'],
  ['Mutation', 'What can be changed; each mutation happens whole or not at all (thay đổi).'],
  ['Subscription', 'What can be followed live, each event exactly once and in commit order (theo dõi).'],
] as const;

/** TypeGraphQL insists on one; every subscription here has a `subscribe` of its own that follows the event log. */
const noPubSub: PubSub = {
  publish: () => {
    throw new Error('Events go through the log: record them in write().');
  },
  subscribe: () => {
    throw new Error('Give the subscription a `subscribe` that follows the feed.');
  },
};

/** Filters are checked here; inputs of mutations in write(), which answers with userErrors. */
const checkArguments: ValidatorFn<object> = async (value, _type, { info }) => {
  const isInput = value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isInput || value instanceof PageArgs || info.parentType.name === 'Mutation') return;
  const [fault] = await findFaults(tidy(value as object));
  if (fault) throw badInput(`${info.fieldName}: ${fault.path.join('.')}: ${fault.text.en}`);
};
