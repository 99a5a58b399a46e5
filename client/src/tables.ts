// Tables of the schema for caches of clients; written from schema.graphql by test/client/tables.spec.ts.

/** Lists that page by cursor, by type and field, with the arguments that make another list of it. */
export const LISTS: Record<string, Record<string, string>> = {
  Cohort: { enrolments: 'filter orderBy', graduates: '', initiatives: 'filter orderBy', sessions: '' },
  Compliance: { lacking: '' },
  Official: { enrolments: '', graduations: '' },
  Programme: { cohorts: 'filter orderBy' },
  Query: {
    cohorts: 'filter orderBy',
    dataAccessLog: 'officialId',
    documents: 'filter orderBy',
    duplicateOfficials: '',
    graduates: 'filter orderBy',
    grants: 'filter',
    initiatives: 'filter orderBy',
    officials: 'filter orderBy',
    programmes: 'filter orderBy',
    serviceCommitments: 'filter orderBy',
    statedFigures: 'filter',
    trainingOrders: 'filter orderBy',
    trainingPlans: 'filter orderBy',
    trainingRequirements: 'on',
    units: 'filter orderBy',
    universities: 'filter orderBy',
  },
  Session: { attendance: '' },
  TrainingRequirement: { exemptions: '' },
  Unit: {
    children: 'filter orderBy',
    cohorts: 'filter orderBy',
    initiatives: 'filter orderBy',
    officials: 'filter orderBy',
    orders: 'filter orderBy',
    partnerships: '',
    plans: '',
    requirements: '',
  },
  University: {
    cohorts: 'filter orderBy',
    initiatives: 'filter orderBy',
    orders: 'filter orderBy',
    partnerships: '',
    programmes: 'filter orderBy',
  },
};

/** Types whose records have no id of their own. */
export const WITHOUT_ID =
  'About AcceptOrderPayload AddCommitteeMemberPayload AddDocumentPayload AddPositionPayload AddProgrammePayload AddRequirementPayload AddServiceRulePayload AddTopicPayload AddUniversityPayload AdoptPlanPayload AgreeOrderPayload AnnulCohortPayload ApplyInitiativePayload AssignOfficialPayload AttendanceConnection AttendanceEdge AuditEntry CallOffReorganisationPayload CancelCohortPayload CancelOrderPayload CancelSessionPayload ChangeOfficialCodePayload CohortConnection CohortEdge CohortEvent Compensation CompleteCohortPayload Compliance CorrectAssignmentPayload CorrectAttendancePayload CorrectCommitmentPayload CorrectCommitteeMemberPayload CorrectFollowUpPayload CorrectGraduatePayload CorrectUnitPayload CredentialCheck DataAccessConnection DataAccessEdge DecideEnrolmentsPayload DeclineOrderPayload DischargeCommitmentPayload DocumentConnection DocumentEdge DuplicateOfficials DuplicateOfficialsConnection DuplicateOfficialsEdge EarlierNomination EndAssignmentPayload EndCommitteeMemberPayload EndPartnershipPayload EndRequirementPayload EndServiceRulePayload EnrolmentConnection EnrolmentEdge EraseOfficialPayload ExemptOfficialPayload FieldChange FollowUpCounts GraduateConnection GraduateEdge GraduateEvent GrantRolePayload InitiativeConnection InitiativeEdge InitiativeEvent InitiativeFigures InitiativeGroup LeftOpen LinkDocumentPayload MergeConflict MergeOfficialsPayload MoveOfficialsPayload NameSourcePayload NominateOfficialsPayload OfficialConnection OfficialEdge OpenEnrolmentPayload OpenUnitPayload PageInfo PartnershipConnection PartnershipEdge PlanCohortPayload PlanProgress PlanTarget ProgrammeConnection ProgrammeEdge ProgrammePartner ProposeInitiativePayload RecordAttendancePayload RecordFollowUpPayload RecordGraduatesPayload RecordRepaymentPayload RecordSendingPayload RecordServiceCommitmentsPayload RegisterOfficialPayload RejectInitiativePayload RemoveAssignmentPayload ReopenCohortPayload ReopenCommitmentPayload ReorganiseUnitsPayload RequestTrainingPayload RequirementExemptionConnection RequirementExemptionEdge RequirementSource ReviseCohortPayload ReviseDocumentPayload ReviseOfficialPayload ReviseOrderPayload RevisePartnershipPayload RevisePlanPayload RevisePositionPayload ReviseProgrammePayload ReviseRequirementPayload ReviseSessionPayload ReviseTopicPayload ReviseUniversityPayload RevokeExemptionPayload RevokeGraduatePayload RevokeRolePayload RoleGrantConnection RoleGrantEdge ScheduleOrderPayload ScheduleSessionPayload ServiceCommitmentConnection ServiceCommitmentEdge SessionConnection SessionEdge SignPartnershipPayload StartCohortPayload StateFigurePayload StatedFigureConnection StatedFigureEdge StayAbroad StudyInitiativePayload Thesis TrainingOrderConnection TrainingOrderEdge TrainingOrderEvent TrainingPlanConnection TrainingPlanEdge TrainingRequirementConnection TrainingRequirementEdge TrainingStatistics TrainingStatisticsGroup UnitCompliance UnitConnection UnitEdge UnitSeats UnitSuccession UniversityConnection UniversityEdge UniversityName UnlinkDocumentPayload UserError Viewer ViewerRole Warning WithdrawEnrolmentPayload WithdrawFigurePayload WithdrawRepaymentPayload';
