// Reach of reads: every caller reads exactly as far as the policy says. Generated over the schema: each query,
// subscription and personal field, by every role, of a place within its reach and of one that is not.
import 'reflect-metadata';
import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  isInputObjectType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { getMetadataArgsStorage } from 'typeorm';
import { KNOWN_BY, personalFieldsOf } from '../../src/access/personal';
import { type Permission, Role } from '../../src/access/policy';
import type { Shown } from '../../src/access/scope';
import { AccessTable, outcomeOf } from '../support/access-table';
import { startTestServer, type TestServer } from '../support/server';
import { openStream } from '../support/sse';
import {
  logEnd,
  must,
  newCode,
  newCohort,
  newDocument,
  newFigure,
  newInitiative,
  newMember,
  newOfficial,
  newOrder,
  newPlan,
  newPosition,
  newProgramme,
  newRequirement,
  newServiceRule,
  newSession,
  newTopic,
  newUnit,
  newUniversity,
  nominate,
  noted,
} from '../support/world';
import {
  type Caller,
  CALLERS,
  type Cast,
  draw,
  extentOf,
  fieldsOf,
  named,
  newCast,
  permissions,
  refusalOf,
  schema,
  seed,
  type Transport,
  TRANSPORTS,
} from './cast';

type Fields = Record<string, any>;

/** A part of the world in which there is one record of each kind, all about one official. */
interface Place {
  /** Its records by the name that arguments have for them. */
  of: Record<string, { id: string; code?: string; name?: string }>;
  subject: string;
  ids: string[];
  /** Where the log stood before it had a graduate, an initiative and an order. */
  since: string;
}

let server: TestServer;
let home: Place;
let away: Place;
/** Everybody, each with the reach of home. */
let cast: Cast;
/** Where the log stood before anything was asked. */
let built: string;

const ONE_OF_A_PAIR: Caller[] = [Role.OFFICIAL, Role.UNIVERSITY_REGISTRAR];

async function newPlace(): Promise<Place> {
  const make = (name: string, input: object, field: string, selection = `${field} { id }`) =>
    must(server, name, input, selection).then((payload) => [payload[field]].flat()[0] as { id: string });
  const name = `Phan Thị ${newCode()}`;
  const top = await newUnit(server);
  const unit = await newUnit(server, { parentId: top.id });
  const unitId = unit.id;
  const university = await newUniversity(server, { name: `Học viện ${name}` });
  const universityId = university.id;
  const topic = await newTopic(server);
  const topicIds = [topic.id];
  const position = await newPosition(server);
  const official = await newOfficial(server, {
    ...{ fullName: name, unitId, positionCode: position.code, gender: 'FEMALE', dateOfBirth: '1981-02-03' },
    ...{ email: 'mau@canbo.example', grade: 'Chuyên viên', givenName: 'Thị' },
  });
  const officialId = official.id;
  await newOfficial(server, {
    ...{
      fullName: name,
      unitId,
      positionCode: position.code,
      dateOfBirth: '1981-02-03',
      acceptWarnings: true,
    },
  });
  const programme = await newProgramme(server, {
    ...{ name: `Thạc sĩ ${name}`, kind: 'DEGREE', degreeLevel: 'MASTER', universityId, topicIds },
    partners: [{ role: 'COMMISSIONING', unitId }],
  });
  const cohort = await newCohort(server, {
    ...{ name: `Lớp ${name}`, programmeId: programme.id, hostUnitId: unitId },
    ...{ startsOn: '2022-03-01', endsOn: '2024-02-29' },
  });
  const cohortId = cohort.id;
  await must(server, 'openEnrolment', { cohortId }, 'cursor');
  const [enrolmentId] = await nominate(server, cohortId, [officialId]);
  await must(server, 'decideEnrolments', { enrolmentIds: [enrolmentId], decision: 'ACCEPT' }, 'cursor');
  await must(server, 'startCohort', { cohortId }, 'cursor');
  const session = await newSession(server, { cohortId, heldOn: '2023-03-01' });
  const attended = { sessionId: session.id, attendance: [{ officialId }] };
  const owed = { commitments: [{ enrolmentId, cost: 120_000_000 }] };
  const graduates = [
    {
      ...{
        officialId,
        graduatedOn: '2024-02-29',
        credentialNumber: `SH ${name}`,
        classification: 'GOOD',
        registerNumber: '7',
      },
      thesis: { kind: 'PROJECT', title: `Quản lý chợ ${name}`, topicIds, localProblem: 'Chợ quá tải' },
    },
  ];
  const attendance = await make('recordAttendance', attended, 'attendance');
  const commitment = await make('recordServiceCommitments', owed, 'commitments');
  const paid = { commitmentId: commitment.id, amount: 1_000_000, receipt: 'BL 1' };
  const repayment = await make('recordRepayment', paid, 'repayment');
  const waived = { commitmentId: commitment.id, as: 'WAIVED', reason: 'Nghỉ hưu' };
  await must(server, 'dischargeCommitment', waived, 'cursor');
  const since = await logEnd(server);
  const graduate = await make('recordGraduates', { cohortId, graduates }, 'graduates');
  const graduateId = graduate.id;
  const followUp = { graduateId, time: 'AFTER_3_MONTHS', isApplied: true, how: 'Hằng ngày' };
  const requirement = await newRequirement(server, { unitId });
  const leave = { from: '2999-01-01', reason: 'Nghỉ hưu', decisionNumber: '45/QĐ' };
  const exemption = { requirementId: requirement.id, officialId, ...leave };
  const sparing = await make('exemptOfficial', exemption, 'exemption');
  await must(server, 'revokeExemption', { exemptionId: sparing.id, reason: 'Làm thêm' }, 'cursor');
  const document = { ...(await newDocument(server, { title: `Đề án ${name}` })), name: `Đề án ${name}` };
  await must(server, 'linkDocument', { documentId: document.id, programmeId: programme.id }, 'cursor');
  const committee = await newUnit(server, { kind: 'COMMITTEE' });
  const subject = newCode('subject-');
  const { data } = await server.ask(`{ official(id: "${officialId}") { assignments { id } } }`);
  const of = {
    ...{
      top,
      unit: { ...unit },
      university: { ...university, name: `Học viện ${name}` },
      topic,
      position,
      committee,
    },
    official: { ...official, name },
    assignment: data.official.assignments[0] as { id: string },
    programme: { ...programme, name: `Thạc sĩ ${name}` },
    cohort: { ...cohort, name: `Lớp ${name}` },
    ...{ enrolment: { id: enrolmentId! }, session, attendance, commitment, repayment },
    ...{ graduate, requirement, document },
    followUp: await make('recordFollowUp', followUp, 'followUp'),
    exemption: sparing,
    initiative: await newInitiative(server, [enrolmentId!], { graduateId, unitId }),
    order: await newOrder(server, { unitId, universityId, topicIds, title: `Lớp ${name}` }),
    plan: await newPlan(server, { unitId, year: 2022 }),
    figure: await newFigure(server, { unitId, metric: 'PARTICIPATIONS' }),
    member: await newMember(server, { committeeId: committee.id, unitId, positionCode: position.code }),
    partnership: await make(
      'signPartnership',
      { unitId, universityId, title: 'Hợp tác', topicIds },
      'partnership',
    ),
    source: await make('nameSource', { subjectId: unitId, title: 'Bài báo' }, 'source'),
    grant: await make('grantRole', { role: 'OFFICIAL', subject, officialId }, 'grant'),
  };
  return { of, subject, since, ids: Object.values(of).map(({ id }) => id) };
}

beforeAll(async () => {
  server = await startTestServer({ env: { RATE_LIMIT: '1000000000' } });
  await newServiceRule(server);
  home = await newPlace();
  away = await newPlace();
  const { top, university, official } = home.of;
  const reach = { unitId: top!.id, universityId: university!.id, officialId: official!.id };
  cast = await newCast(server, reach);
  await noted(server);
  built = await logEnd(server);
});
afterAll(async () => {
  await cast.leave();
  await server.stop();
});

const table = new AccessTable(CALLERS);
function observe(
  operation: string,
  caller: Caller,
  place: Place,
  { codes, told }: { codes: unknown[]; told: string[] },
  whole: string[],
): void {
  const outcome = codes.length > 0 ? 'refused' : outcomeOf(told, whole);
  table.observe(operation, caller, place === home ? 'within' : 'beyond', outcome);
}
const kindOf = (id: string) => id.slice(0, id.indexOf('_'));
/** Calls that name nothing of a place tell of both: they are observed only of what cannot be asked in any other way. */
const isObserved = (by: string | null, calls: { by: string | null }[]) =>
  by !== null || calls.every((each) => each.by === null);

/** Whether somebody reaches, by this permission, what is of a place. */
function reaches(permission: Permission, caller: Caller, place: Place): boolean {
  const extent = extentOf(permission, caller);
  return extent === 'EVERYTHING' || (place === home && extent !== null && extent !== 'NOTHING');
}

/** The permission that shows records whose ids begin so; others are for everybody. */
const shownBy = new Map(
  getMetadataArgsStorage().tables.flatMap(({ target }) => {
    const { idPrefix, shown } = target as { idPrefix?: string; shown?: Shown };
    return idPrefix && shown ? [[idPrefix, shown.by] as const] : [];
  }),
);
function mayKnow(id: string, caller: Caller, place: Place): boolean {
  const permission = shownBy.get(id.slice(0, id.indexOf('_')));
  return permission ? reaches(permission, caller, place) : true;
}

type Field = GraphQLField<unknown, unknown>;
type Arg = GraphQLArgument | GraphQLInputField;

/** What an argument is at a place: by its name or, where that says too little, by the field it belongs to. */
function valueOf(field: Field, { name }: Arg, { of, subject, ids }: Place): unknown {
  const [, Noun] = /^(\w+?)(Connection)?$/.exec(getNamedType(field.type).name)!;
  const own = of[`${Noun![0]!.toLowerCase()}${Noun!.slice(1)}`];
  const special: Record<string, unknown> = {
    ...{ 'node.id': of.official!.id, 'nodes.ids': ids, 'sources.subjectId': of.unit!.id },
    ...{ parentIds: [of.top!.id], withinIds: [of.top!.id], positionCodes: [of.position!.code] },
    ...{ hostUnitIds: [of.unit!.id], learnerUnitIds: [of.unit!.id] },
    ...{ 'trainingOrders.text': of.cohort!.name, 'trainingOrders.topicIds': [of.topic!.id] },
    ...{ 'graduates.text': of.official!.name, 'graduates.topicIds': [of.topic!.id] },
    nameOnCredential: of.official!.name,
    'verifyCredential.number': `SH ${of.official!.name}`,
    credentialNumber: `SH ${of.official!.name}`,
    subjects: [subject, 'test-administrator'],
    ...(own && { id: own.id, code: own.code, codes: [own.code], text: own.name ?? own.code }),
  };
  const [, kind, many] = /^(\w+?)Id(s?)$/.exec(name) ?? [];
  const id = kind && of[kind]?.id;
  const value = special[`${field.name}.${name}`] ?? special[name] ?? (many ? id && [id] : id);
  if (value === undefined) throw new Error(`Say in valueOf what ${field.name} takes as ${name} at a place.`);
  return value;
}

/** Whether a value of it can name a record or a person; a cursor is the server's own. */
const names = ({ name, type }: Arg) =>
  ['ID', 'String'].includes(getNamedType(type).name) && !['after', 'before'].includes(name);
const has = (field: Field, arg: string) => field.args.some(({ name }) => name === arg);
const isEvent = (field: Field) => {
  const type = getNamedType(field.type);
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Event');
};

/** How many of each list. */
const FIRST = 4;
/** Figures that are held back from whoever may not see persons. */
const FIGURES = ['participations', 'counted', 'actual', 'scheduled'];

/** The ids, and such figures, of whatever it leads to, so many records deep. */
function selectionOf(field: Field, depth: number): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return '';
  const fields = isObjectType(type) ? type.getFields() : {};
  if (fields.nodes) return ` { totalCount nodes${selectionOf(fields.nodes, depth)} }`;
  const inner = Object.values(fields).flatMap((each) => {
    const { name } = getNamedType(each.type);
    const leaf = isLeafType(getNamedType(each.type));
    // Told with the event, as of a graduate who was revoked since.
    if (leaf && ['graduateId', 'subjectId'].includes(each.name)) return [];
    if (leaf) return name === 'ID' || FIGURES.includes(each.name) ? [each.name] : [];
    if (depth === 0 || name === 'LeftOpen' || each.args.some(isRequiredArgument)) return [];
    return [`${each.name}${has(each, 'first') ? `(first: ${FIRST})` : ''}${selectionOf(each, depth - 1)}`];
  });
  return ` { ${['__typename', isObjectType(type) ? '' : 'id', ...inner].join(' ')} }`;
}

/** One way to ask a field, by the argument that names something of a place; null asks for all there is. */
interface Call {
  by: string | null;
  text: string;
}

/** All ways to ask a field of a place: by each argument that names something, and without any. */
function callsOf(field: Field, place: Place): Call[] {
  const literal = (arg: Arg) => `${arg.name}: ${JSON.stringify(valueOf(field, arg, place))}`;
  const always = field.args.filter(isRequiredArgument).map(literal);
  if (has(field, 'first')) always.push(`first: ${FIRST}`);
  if (isEvent(field)) always.push(`after: "${place.since}"`);
  const narrowed = field.args.flatMap((arg) => {
    const type = getNullableType(arg.type);
    const inner = isInputObjectType(type) ? Object.values(type.getFields()) : [];
    // What this test reads is in the trail, too, and would push the changes out of the first few.
    const more = String(type) === 'AuditFilter' ? ', kinds: [CHANGE]' : '';
    return [
      ...(names(arg) && !isRequiredArgument(arg) ? [{ by: arg.name, more: literal(arg) }] : []),
      ...inner
        .filter(names)
        .map((each) => ({ by: each.name, more: `${arg.name}: { ${literal(each)}${more} }` })),
    ];
  });
  const by = field.args.find(isRequiredArgument)?.name ?? null;
  const plain = has(field, 'code') ? [] : [{ by, more: '' }];
  return (by ? plain : [...narrowed, ...plain]).map((way) => {
    const args = [...always, way.more].filter(Boolean).join(', ');
    const selection = selectionOf(field, isEvent(field) ? 2 : 1);
    return { by: way.by, text: `${field.name}${args && `(${args})`}${selection}` };
  });
}

const isEmpty = (value: any) =>
  value === null || value === undefined || value.length === 0 || value.totalCount === 0;

/** What an answer tells of a place: ids of its records, that there are figures, or else that there is something. */
function toldOf(answer: unknown, { ids }: Place): string[] {
  const told = new Set<string>();
  const look = (value: any, key = ''): void => {
    if (typeof value === 'string' && ids.includes(value)) told.add(value);
    if (FIGURES.includes(key) && value > 0) told.add('figures');
    if (value === null || typeof value !== 'object') return;
    if ('totalCount' in value) expect(value.nodes).toHaveLength(Math.min(value.totalCount, FIRST));
    for (const [name, inner] of Object.entries(value)) look(inner, name);
  };
  look(answer);
  return told.size > 0 ? [...told].sort() : isEmpty(answer) ? [] : ['something'];
}

/** Filters that are refused, and not narrowed, to whoever does not reach the units they name. */
const isRefusedBeyond = ({ name }: Field, by: string | null) =>
  ['graduateEvents', 'graduateRecorded'].includes(name) && by === 'unitIds';
const reachesUnits = (permission: Permission, caller: Caller, place: Place) =>
  reaches(permission, caller, place) && ['EVERYTHING', 'UNITS'].includes(extentOf(permission, caller)!);

/** With what a field is refused as a whole. */
function refusal(field: Field, by: string | null, permission: Permission, caller: Caller, place: Place) {
  if (!extentOf(permission, caller)) return refusalOf(caller);
  return isRefusedBeyond(field, by) && !reachesUnits('graduate.read', caller, place) ? 'FORBIDDEN' : null;
}

/** Whether few persons are told of: where they are asked for by nothing but what somebody reaches. */
function revealed(field: Field, by: string | null, caller: Caller, place: Place): boolean {
  if (!field.name.startsWith('trainingStatistics')) return reachesUnits('statistics.reveal', caller, place);
  const extent = extentOf('statistics.reveal', caller);
  const asked = { unitIds: 'UNITS', universityIds: 'UNIVERSITIES' }[by!];
  return extent === 'EVERYTHING' || (place === home && extent === asked);
}

/** What of all that is told to an administrator is told to somebody. */
function expected(
  field: Field,
  by: string | null,
  permission: Permission,
  caller: Caller,
  place: Place,
  whole: string[],
): string[] {
  if (!reaches(permission, caller, place)) return [];
  // Cohorts are found by those learners whom one may know.
  if (by === 'learnerUnitIds' && !mayKnow(place.of.official!.id, caller, place)) return [];
  if (isLeafType(getNamedType(field.type))) return whole; // what is held about a person is told as one
  const rest = whole.filter((told) =>
    told === 'figures' ? revealed(field, by, caller, place) : mayKnow(told, caller, place),
  );
  return rest.length === 0 && whole.includes('figures') ? ['something'] : rest;
}

const queriedOverSocket = draw(named('Query'), 8);
const followedOverStream = draw(named('Subscription'), 2);

describe.each(named('Query'))('%s', (name) => {
  const field = fieldsOf('Query').find((each) => each.name === name)!;
  const permission = permissions.get(`Query.${name}`)!;
  /** A document for each place, but for what is refused by itself. */
  let documents: [place: Place, by: string | null, text: string][][];
  let whole: string[][][];

  beforeAll(async () => {
    const calls = [home, away].flatMap((place) =>
      callsOf(field, place).map(({ by, text }) => [place, by, text] as [Place, string | null, string]),
    );
    const alone = calls.filter(([, by]) => isRefusedBeyond(field, by));
    const together = calls.filter((call) => !alone.includes(call));
    documents = [
      ...[home, away].map((place) => together.filter(([of]) => of === place)),
      ...alone.map((call) => [call]),
    ].filter(({ length }) => length > 0);
    whole = [];
    for (const document of documents) whole.push((await asked(Role.ADMINISTRATOR, 'HTTP', document)).told);
  });

  async function asked(caller: Caller, transport: Transport, document: (typeof documents)[number]) {
    const query = `{ ${document.map(([, , text], i) => `a${i}: ${text}`).join(' ')} }`;
    const { data, errors } = await cast.ask(caller, transport, query);
    return {
      told: document.map(([place], i) => toldOf(data?.[`a${i}`], place)),
      codes: [...new Set(errors?.map(({ extensions }) => extensions.code))],
    };
  }

  it('finds something of each place, by each argument that names it', () => {
    documents.forEach((document, d) =>
      document.forEach(([, by], i) => {
        if (by) expect([by, whole[d]![i]]).not.toEqual([by, []]);
      }),
    );
  });

  it.each(TRANSPORTS.slice(0, queriedOverSocket.includes(name) ? 2 : 1))(
    `tells everybody what the policy says, and nothing beyond, over %s (SEED=${seed})`,
    async (transport) => {
      for (const caller of CALLERS) {
        for (const [d, document] of documents.entries()) {
          const { told, codes } = await asked(caller, transport, document);
          const [[place, by]] = document as [(typeof document)[number]];
          const refused = refusal(field, by, permission, caller, place);
          expect([caller, by, codes]).toEqual([caller, by, refused ? [refused] : []]);
          document.forEach(([of, each, text], i) => {
            const where = [caller, of === home ? 'home' : 'away', text];
            if (isObserved(each, callsOf(field, of)))
              observe(`Query.${name}`, caller, of, { codes, told: told[i]! }, whole[d]![i]!);
            for (const id of name === 'nodes' ? of.ids : [])
              observe(kindOf(id), caller, of, { codes, told: told[i]!.filter((one) => one === id) }, [id]);
            if (refused) expect([...where, told[i]]).toEqual([...where, []]);
            else if (each) {
              const right = expected(field, each, permission, caller, of, whole[d]![i]!);
              expect([...where, told[i]]).toEqual([...where, right]);
            } else {
              const known = (id: string) => !of.ids.includes(id) || mayKnow(id, caller, of);
              expect([...where, told[i]!.filter((id) => !known(id))]).toEqual([...where, []]);
              // Of a pair one must see both; an official sees one, and a university those whom it teaches.
              const seesNone = name === 'duplicateOfficials' && ONE_OF_A_PAIR.includes(caller);
              if (seesNone) expect([...where, told[i]]).toEqual([...where, []]);
              else if (reaches(permission, caller, of))
                expect([...where, told[i]]).not.toEqual([...where, []]);
            }
          });
        }
      }
    },
  );
});

describe.each(named('Subscription'))('%s', (name) => {
  const field = fieldsOf('Subscription').find((each) => each.name === name)!;
  const permission = permissions.get(`Subscription.${name}`)!;

  /** The first event, or with what it was refused. */
  const OVER: Record<string, (caller: Caller, query: string) => Promise<{ data?: any; codes: unknown[] }>> = {
    WebSocket: async (caller, query) => {
      const subscriber = cast.sockets.get(caller)!.subscribe(query);
      const first = await subscriber.next().then(
        ({ data, errors }) => ({ data, codes: errors?.map(({ extensions }) => extensions.code) ?? [] }),
        (error: Error) => ({ codes: JSON.parse(error.message).map((each: Fields) => each.extensions.code) }),
      );
      subscriber.stop();
      return first;
    },
    'server-sent events': async (caller, query) => {
      const stream = await openStream(server.url, { query, as: null, token: cast.tokens.get(caller) });
      const { data, errors } = stream.status === 200 ? (await stream.nextEvent())!.data : await stream.body();
      stream.cut();
      return { data, codes: errors?.map(({ extensions }: Fields) => extensions.code) ?? [] };
    },
  };

  it.each(Object.keys(OVER).slice(0, followedOverStream.includes(name) ? 2 : 1))(
    `shows everybody what the policy says, and nothing beyond, over %s (SEED=${seed})`,
    async (transport) => {
      for (const place of [home, away]) {
        const calls = callsOf(field, place);
        for (const { by, text } of calls) {
          const first = async (caller: Caller) => {
            const { data, codes } = await OVER[transport]!(caller, `subscription { ${text} }`);
            return { codes, told: toldOf(data?.[name], place) };
          };
          const whole = await first(Role.ADMINISTRATOR);
          expect([by, whole.codes, whole.told]).not.toEqual([by, [], []]);
          const observed = (caller: Caller, answer: typeof whole) => {
            if (isObserved(by, calls)) observe(`Subscription.${name}`, caller, place, answer, whole.told);
          };
          observed(Role.ADMINISTRATOR, whole);
          const rest = CALLERS.filter((caller) => caller !== Role.ADMINISTRATOR);
          const answers = await Promise.all(rest.map(first));
          for (const [i, caller] of rest.entries()) {
            // Out of reach, there is nothing to follow.
            const refused =
              refusal(field, by, permission, caller, place) ??
              (reaches(permission, caller, place) ? null : 'FORBIDDEN');
            const told = refused ? [] : expected(field, by, permission, caller, place, whole.told);
            const codes = refused ? [refused] : [];
            observed(caller, answers[i]!);
            expect([caller, text, answers[i]]).toEqual([caller, text, { codes, told }]);
          }
        }
      }
    },
  );
});

describe('the personal fields', () => {
  const shownWith = new Map(personalFieldsOf(schema));
  const fields = [...shownWith.keys()];
  /** Of those that are no plain value. */
  const SELECTED: Record<string, string> = {
    'Graduate.thesis': 'thesis { title localProblem }',
    'Official.trainingPeriods': 'trainingPeriods(year: 2023)',
  };
  const prefixOf = new Map(
    getMetadataArgsStorage().tables.map(({ target }) => [
      (target as { name: string }).name,
      (target as { idPrefix?: string }).idPrefix,
    ]),
  );
  /** All of them, of the records of a place, in one document. */
  function everyField({ ids }: Place): string {
    const types = [...new Set(fields.map((path) => path.split('.')[0]!))];
    const parts = types.map((type) => {
      const id = ids.find((each) => each.startsWith(`${prefixOf.get(type)}_`));
      const own = fields.filter((path) => path.startsWith(`${type}.`));
      const selections = own.map((path) => SELECTED[path] ?? path.split('.')[1]);
      return `${type}: node(id: "${id}") { ... on ${type} { ${selections.join(' ')} } }`;
    });
    return `{ ${parts.join(' ')} }`;
  }
  const valueIn = (data: Fields | null, path: string): unknown => {
    const [type, name] = path.split('.') as [string, string];
    return data?.[type]?.[name] ?? null;
  };

  const valuesIn = (data: Fields | null, path: string): string[] => {
    const value = valueIn(data, path);
    return value === null ? [] : [JSON.stringify(value)];
  };

  it.each(TRANSPORTS)('are told to exactly those whom the policy names, over %s', async (transport) => {
    for (const place of [home, away]) {
      const { data: whole } = await cast.ask(Role.ADMINISTRATOR, transport, everyField(place));
      for (const path of fields) expect([path, valueIn(whole, path)]).not.toEqual([path, null]);
      for (const caller of CALLERS) {
        const { data, errors } = await cast.ask(caller, transport, everyField(place));
        for (const path of fields) {
          const [shown, all] = [data, whole].map((each) => valuesIn(each, path)) as [string[], string[]];
          observe(path, caller, place, { codes: errors ?? [], told: shown }, all);
          const told = [KNOWN_BY as Permission, shownWith.get(path)!].every((each) =>
            reaches(each, caller, place),
          );
          const right = told ? valueIn(whole, path) : null;
          expect([caller, path, valueIn(data, path)]).toEqual([caller, path, right]);
        }
      }
    }
  });
});

describe('all that was asked and refused here', () => {
  it('has left no event', async () => {
    expect(await logEnd(server)).toBe(built);
  });
});

describe('docs/access.md', () => {
  const carried = (root: 'Query' | 'Subscription') =>
    named(root)
      .sort()
      .map((name) => [`${root}.${name}`, permissions.get(`${root}.${name}`)!]);

  it('has what was observed of each query', () => {
    table.expectSection('Queries', ['field', 'permission'], carried('Query'));
  });

  it('has what was observed of each subscription', () => {
    table.expectSection('Subscriptions', ['field', 'permission'], carried('Subscription'));
  });

  it('has what was observed of each personal field', () => {
    const paths = personalFieldsOf(schema).map(([path]) => [path]);
    table.expectSection('Personal fields', ['field'], paths.sort());
  });

  it('has what was observed of each kind of record', () => {
    const kinds = [...new Set(home.ids.map(kindOf))].sort();
    const lines = kinds.map((kind) => [kind]);
    table.expectSection('Records by id', ['kind'], lines);
  });
});
