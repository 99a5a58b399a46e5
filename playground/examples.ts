// Example operations of the playground. Ids come from this server's database, so that the mutations work unchanged.

import { post } from './fetcher';

export interface Example {
  /** The operation's name, which GraphiQL shows as the tab's title. */
  name: string;
  query: string;
  variables: string;
}

interface Ids {
  latestCursor: string;
  programmes: { nodes: { id: string }[] };
  universities: { nodes: { id: string }[] };
  requirements: { nodes: { id: string }[] };
  city: { id: string } | null;
  cohorts: { nodes: { id: string; enrolments: { nodes: { official: { id: string } | null }[] } }[] };
}

const idsQuery = `query ExampleIds($today: Date!) {
  latestCursor
  universities(first: 1) { nodes { id } }
  requirements: trainingRequirements(first: 1) { nodes { id } }
  programmes(orderBy: { field: CODE }, first: 1) { nodes { id } }
  city: unit(code: "79", on: $today) { id }
  cohorts(
    filter: { statuses: [IN_PROGRESS], startsOn: { to: $today } }
    orderBy: { field: STARTS_ON }
    first: 20
  ) {
    nodes {
      id
      enrolments(filter: { statuses: [STUDYING] }, first: 3) { nodes { official { id } } }
    }
  }
}`;

async function findIds(today: string, headers: string): Promise<Ids | null> {
  try {
    const result = await post(
      { query: idsQuery, variables: { today } },
      JSON.parse(headers || '{}') as Record<string, string>,
    );
    return (result.data as Ids | null | undefined) ?? null;
  } catch {
    return null;
  }
}

const json = (value: unknown) => JSON.stringify(value, null, 2);

function addDays(day: string, days: number) {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Loads the examples, and an id that identifies this database. */
export async function loadExamples(headers: string) {
  const now = new Date().toISOString();
  // The day in UTC, which is never later than the server's day in the city's time zone.
  const today = now.slice(0, 10);
  const unused = `THU-${now.slice(0, 19).replaceAll(/\D/g, '')}`;

  const ids = await findIds(today, headers);
  const programmeId = ids?.programmes.nodes[0]?.id;
  const hostUnitId = ids?.city?.id;
  const [ceremony] = (ids?.cohorts.nodes ?? [])
    .map(({ id, enrolments }) => ({
      cohortId: id,
      officialIds: enrolments.nodes.flatMap(({ official }) => (official ? [official.id] : [])),
    }))
    .filter(({ officialIds }) => officialIds.length > 0);

  const examples: Example[] = [
    {
      name: 'FindUnitAsOfDay',
      query: `# Find a unit as of a day (đơn vị theo ngày):
# Thủ Đức with its 34 wards (phường) at the end
# of 2023, and what became of it later.
query FindUnitAsOfDay {
  unit(code: "769", on: "2023-12-31") {
    name
    kind
    validFrom
    validTo
    children(
      filter: { on: "2023-12-31" }
      orderBy: { field: NAME }
      first: 50
    ) {
      totalCount
      nodes {
        code
        name
      }
    }
    successors {
      kind
      effectiveOn
      isPartial
      successor {
        code
        name
      }
    }
  }
}
`,
      variables: '',
    },
    {
      name: 'YearlyFigures',
      query: `# Yearly figures (số liệu theo năm), 2021-2023, of
# refresher courses in professional skills.
# Participations (lượt) and persons (người)
# are counted apart.
query YearlyFigures {
  trainingStatistics(
    filter: {
      contentGroups: [PROFESSIONAL_SKILLS]
      kinds: [REFRESHER]
      locations: [DOMESTIC]
      startsOn: { from: "2021-01-01", to: "2023-12-31" }
    }
    groupBy: YEAR
  ) {
    cohorts
    participations
    officials
    graduates
    abroad
    groups {
      label
      cohorts
      participations
      officials
      graduates
      abroad
    }
    cursor
  }
}
`,
      variables: '',
    },
    {
      name: 'SearchOfficials',
      query: `# Search officials (tìm cán bộ) by words of
# their names; marks and case do not matter.
query SearchOfficials($text: String!) {
  officials(filter: { text: $text }, first: 10) {
    totalCount
    nodes {
      code
      fullName
      category
      assignments {
        position {
          title
        }
        unit {
          name
        }
      }
    }
  }
}
`,
      variables: json({ text: 'nguyen thu' }),
    },
    {
      name: 'PageOfCohorts',
      query: `# A page of cohorts (một trang các lớp), the
# latest first. For the next page put endCursor
# into the variable after.
query PageOfCohorts($after: String) {
  cohorts(
    orderBy: { field: STARTS_ON, direction: DESC }
    first: 10
    after: $after
  ) {
    totalCount
    nodes {
      code
      name
      status
      startsOn
      enrolledCount
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
      variables: json({ after: null }),
    },
    {
      name: 'Compliance',
      query: `# Compliance (tình hình thực hiện): who still
# lacks what they must learn, as of today.
query Compliance($requirementId: ID!, $unitId: ID!) {
  compliance(requirementId: $requirementId, unitId: $unitId) {
    requirement {
      name
    }
    required
    met
    dueSoon
    overdue
    exempt
    lacking(first: 5) {
      nodes {
        fullName
      }
    }
  }
}
`,
      variables: json({
        requirementId:
          ids?.requirements.nodes[0]?.id ?? 'An id found by: { trainingRequirements { nodes { id name } } }',
        unitId: hostUnitId ?? 'An id found by: { units { nodes { id name } } }',
      }),
    },
    {
      name: 'PlanCohort',
      query: `# Plan a cohort (mở lớp).
# Needs a role that may write: see the bar above.
# FollowCohorts shows the event, live.
mutation PlanCohort($input: PlanCohortInput!) {
  planCohort(input: $input) {
    cohort {
      id
      code
      name
      status
      programme {
        name
      }
      hostUnit {
        name
      }
    }
    userErrors {
      code
      message
      path
    }
    cursor
  }
}
`,
      variables: json({
        input: {
          code: unused,
          name: 'Lớp thử',
          programmeId: programmeId ?? 'An id found by: { programmes { nodes { id name } } }',
          hostUnitId:
            hostUnitId ?? `An id found by: { units(filter: { on: "${today}" }) { nodes { id name } } }`,
          startsOn: addDays(today, 30),
          endsOn: addDays(today, 120),
          capacity: 40,
        },
      }),
    },
    {
      name: 'RecordGraduates',
      query: `# Record graduates (công nhận tốt nghiệp):
# a whole ceremony, all or nothing.
# Needs a role that may write: see the bar above.
mutation RecordGraduates($input: RecordGraduatesInput!) {
  recordGraduates(input: $input) {
    graduates {
      id
      graduatedOn
      credentialNumber
      classification
      official {
        code
        fullName
      }
      cohort {
        code
        graduateCount
      }
    }
    userErrors {
      code
      message
      path
    }
    cursor
  }
}
`,
      variables: json({
        input: {
          cohortId:
            ceremony?.cohortId ??
            'An id found by: { cohorts(filter: { statuses: [IN_PROGRESS] }) { nodes { id name } } }',
          graduates: (
            ceremony?.officialIds ?? [
              'An id found by: { cohort(id: "...") { enrolments(filter: { statuses: [STUDYING] }) { nodes { official { id } } } } }',
            ]
          ).map((officialId, index) => ({
            officialId,
            graduatedOn: today,
            credentialNumber: `${unused}-${index + 1}`,
            classification: 'VERY_GOOD',
          })),
        },
      }),
    },
    {
      name: 'RequestTraining',
      query: `# Order training (đặt hàng đào tạo) at a
# university. Needs a role that may write.
mutation RequestTraining($input: RequestTrainingInput!) {
  requestTraining(input: $input) {
    order {
      id
      status
      title
      headcount
      university {
        name
      }
    }
    userErrors {
      code
      message
      path
    }
  }
}
`,
      variables: json({
        input: {
          unitId: hostUnitId ?? 'An id found by: { units { nodes { id name } } }',
          universityId:
            ids?.universities.nodes[0]?.id ?? 'An id found by: { universities { nodes { id name } } }',
          title: 'Bồi dưỡng chuyển đổi số',
          expectedOutcome: 'Xử lý hồ sơ trực tuyến',
          headcount: 40,
          neededBy: addDays(today, 60),
        },
      }),
    },
    {
      name: 'FollowCohorts',
      query: `# Follow the cohorts (theo dõi lớp), live.
# after: null starts now; with the cursor of an
# earlier event, everything since comes first.
subscription FollowCohorts($after: EventCursor) {
  cohortChanged(after: $after) {
    cursor
    occurredAt
    actor
    kind
    changes {
      field
      from
      to
    }
    cohort {
      id
      code
      name
      status
      enrolledCount
      graduateCount
    }
  }
}
`,
      variables: json({ after: null }),
    },
    {
      name: 'ResumeCohorts',
      query: `# Resume after a cursor (nối lại từ vị trí):
# everything since the page was opened comes
# first, then what happens now. Nothing is lost.
subscription ResumeCohorts($after: EventCursor!) {
  cohortChanged(after: $after) {
    cursor
    occurredAt
    kind
    cohort {
      code
      name
      status
    }
  }
}
`,
      variables: json({ after: ids?.latestCursor ?? 'A cursor found by: { latestCursor }' }),
    },
    {
      name: 'FollowGraduates',
      query: `# Follow the graduates (theo dõi tốt nghiệp):
# one event a graduate, live.
subscription FollowGraduates($after: EventCursor) {
  graduateRecorded(after: $after) {
    cursor
    occurredAt
    kind
    graduateId
    graduate {
      graduatedOn
      classification
      unit {
        name
      }
    }
    cohort {
      code
      name
    }
  }
}
`,
      variables: json({ after: null }),
    },
  ];
  return { examples, databaseId: programmeId ?? null };
}
