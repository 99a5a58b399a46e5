// Programme actions: add and revise a programme, and which partners a caller may name.
import { codeKey } from '../../lib/texts';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { insertAll } from '../../database/insert-all';
import { assertCodeIsFree } from '../../graphql/codes';
import { missing, notYours, type Path, Refusals, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { textKey } from '../../lib/vietnamese';
import { isOwn, mayName, type Named } from '../partnership/cooperation';
import { requireTopics } from '../topic/topic.actions';
import { requireUnit } from '../unit/unit.actions';
import { requireUniversity } from '../university/university.actions';
import { Programme, ProgrammePartner, ProgrammeTopic } from './programme.entity';
import { type DegreeLevel, PartnerRole, ProgrammeKind } from './programme.enums';
import type { AddProgrammeInput, ProgrammePartnerInput, ReviseProgrammeInput } from './programme.input';

const NO_PROGRAMME = missing('chương trình', 'programme');
type Partner = Pick<ProgrammePartner, 'role' | 'unitId' | 'universityId'>;
/** A programme with the lists that have tables of their own. */
type Whole = Programme & { topicIds: string[]; partners: Partner[] };

/** Roles that commit the partner to something, or let it change the programme. */
const ACTING: readonly PartnerRole[] = ['LEAD', 'COMMISSIONING', 'DELIVERING', 'FUNDING'];

/**
 * Adds a programme. Refuses a code in use, a degree level that does not match the kind, a partner that is not exactly
 * one unit or university or is named twice in one role, a university or acting partner that the caller neither reaches
 * nor works with, and a programme that no unit or university within the caller's reach leads, commissions or delivers.
 */
export async function addProgramme(tx: Tx, input: AddProgrammeInput): Promise<{ programme: Programme }> {
  const { manager } = tx;
  await assertCodeIsFree(manager, Programme, input.code, { vi: 'Mã chương trình', en: 'programme code' });
  assertDegree(input.kind, input.degreeLevel);
  const universityId = input.universityId ?? null;
  if (universityId) await requireCooperating(tx, 'programme.add', universityId);
  const topicIds = await requireTopics(tx, input.topicIds, ['topicIds']);
  const named = await requirePartners(tx, 'programme.add', input.partners ?? [], []);
  const partners = withDelivering(named, universityId);
  const programme = manager.create(Programme, {
    id: newId(Programme.idPrefix),
    code: input.code,
    codeKey: codeKey(input.code),
    name: input.name,
    nameEn: input.nameEn ?? null,
    kind: input.kind,
    degreeLevel: input.degreeLevel ?? null,
    contentGroup: input.contentGroup,
    basis: input.basis,
    location: input.location,
    periods: input.periods ?? null,
    objectives: said(input.objectives ?? []),
    universityId,
    version: 1,
    ...keysOf({ name: input.name, nameEn: input.nameEn ?? null, code: input.code }),
  });
  await manager.insert(Programme, programme);
  await insertTopics(tx, programme.id, topicIds);
  await insertPartners(tx, programme.id, partners);
  if (!(await reaches(tx, 'programme.add', programme.id))) {
    refuse('NOT_FOUND', ['partners'], {
      vi: 'Chương trình phải do đơn vị hoặc cơ sở đào tạo trong phạm vi của bạn chủ trì, đặt hàng hoặc thực hiện (partners, universityId).',
      en: 'A unit or university within your reach must lead, commission or deliver the programme (partners, universityId).',
    });
  }
  tx.record({ name: 'programme.added', subjectId: programme.id, programmeId: programme.id, universityId });
  return { programme };
}

/**
 * Revises a programme, except for kind and degree level, which are fixed. A university that no longer delivers it is
 * removed from the partners, too, unless a new list is given. Refuses an old version, a cleared name, content group,
 * basis or location, new partners as addProgramme does, and to remove partners out of the caller's reach.
 */
export async function reviseProgramme(
  tx: Tx,
  input: ReviseProgrammeInput,
): Promise<{ programme: Programme }> {
  const { manager } = tx;
  await lockRows(manager, Programme, [input.programmeId], 'change');
  const isReached = await reaches(tx, 'programme.revise', input.programmeId);
  const programme = await requireProgramme(tx, input.programmeId, ['programmeId']);
  if (!isReached) refuse('NOT_FOUND', ['programmeId'], notYours(programme.name, programme.name));
  assertVersion(programme, input.version);
  const current: Whole = { ...programme, ...(await listsOf(tx, programme.id)) };
  const asked = await askedOf(tx, current, input);
  const partners = partnersAfter(current, asked);
  if (asked.partners) await assertKept(tx, current, partners!);
  const { columns, changes } = revise<Whole>(current, { ...asked, partners }, [
    'name',
    'contentGroup',
    'basis',
    'location',
  ]);
  if (changes.length === 0) return { programme };
  const { topicIds: newTopics, partners: newPartners, ...own } = columns;
  Object.assign(programme, own, { version: programme.version + 1 });
  Object.assign(programme, keysOf(programme));
  await manager.update(Programme, { id: programme.id }, programme);
  if (newTopics) {
    await manager.delete(ProgrammeTopic, { programmeId: programme.id });
    await insertTopics(tx, programme.id, newTopics);
  }
  if (newPartners) {
    await manager.delete(ProgrammePartner, { programmeId: programme.id });
    await insertPartners(tx, programme.id, newPartners);
  }
  tx.record({
    name: 'programme.revised',
    subjectId: programme.id,
    programmeId: programme.id,
    universityId: programme.universityId,
    changes,
  });
  return { programme };
}

/** Whether a programme is within reach: units or universities within reach lead, commission or deliver it. */
export function reaches(tx: Tx, permission: Permission, id: string): Promise<boolean> {
  return isWithin(tx.manager, Programme, id, tx.scope(permission).programmes('own'));
}

/** The programme with this id. Refuses at `path` when there is none. */
export async function requireProgramme(tx: Tx, id: string, path: Path): Promise<Programme> {
  return (await tx.manager.findOneBy(Programme, { id })) ?? refuse('NOT_FOUND', path, NO_PROGRAMME);
}

function assertDegree(kind: ProgrammeKind, level: DegreeLevel | null | undefined): void {
  if (kind === ProgrammeKind.DEGREE && level == null) {
    refuse('INVALID', ['degreeLevel'], {
      vi: 'Chương trình đào tạo phải có trình độ (degreeLevel).',
      en: 'Degree training leads to a degree: say which in degreeLevel.',
    });
  }
  if (kind !== ProgrammeKind.DEGREE && level != null) {
    refuse('INVALID', ['degreeLevel'], {
      vi: 'Chỉ chương trình đào tạo cấp bằng mới có trình độ.',
      en: 'Only a programme of kind DEGREE leads to a degree.',
    });
  }
}

/** The columns and lists of a revision, looked up; undefined leaves a field unchanged, null clears a list. */
async function askedOf(tx: Tx, current: Whole, input: ReviseProgrammeInput) {
  const { name, nameEn, contentGroup, basis, location, periods, universityId } = input;
  if (universityId !== undefined && universityId !== current.universityId) {
    if (current.universityId) await assertMayLeave(tx, university(current.universityId), ['universityId']);
    if (universityId) await requireCooperating(tx, 'programme.revise', universityId);
  }
  return {
    name,
    nameEn,
    contentGroup,
    basis,
    location,
    periods,
    universityId,
    objectives: input.objectives === undefined ? undefined : said(input.objectives ?? []),
    topicIds:
      input.topicIds === undefined
        ? undefined
        : (await requireTopics(tx, input.topicIds, ['topicIds'])).sort(),
    partners:
      input.partners === undefined
        ? undefined
        : await requirePartners(tx, 'programme.revise', input.partners ?? [], current.partners),
  };
}

/** The partners after a revision: those given, or the present ones with the new university; undefined for no change. */
function partnersAfter(
  current: Whole,
  asked: { universityId?: string | null; partners?: Partner[] },
): Partner[] | undefined {
  const universityId = asked.universityId === undefined ? current.universityId : asked.universityId;
  if (asked.partners) return withDelivering(asked.partners, universityId);
  if (universityId === current.universityId) return undefined;
  const left = current.partners.filter((each) => !delivers(each, current.universityId));
  return withDelivering(left, universityId);
}

const delivers = (partner: Partner, universityId: string | null): boolean =>
  partner.role === PartnerRole.DELIVERING &&
  partner.universityId !== null &&
  partner.universityId === universityId;

function withDelivering(partners: Partner[], universityId: string | null): Partner[] {
  if (universityId === null || partners.some((each) => delivers(each, universityId))) return partners;
  return [...partners, { role: PartnerRole.DELIVERING, unitId: null, universityId }];
}

const university = (universityId: string): Named => ({ unitId: null, universityId });
const keyOf = ({ role, unitId, universityId }: Partner): string => `${role} ${unitId ?? universityId}`;

/** Refuses at `universityId` a university that is missing, or that the caller neither reaches nor works with. */
async function requireCooperating(tx: Tx, permission: Permission, universityId: string): Promise<void> {
  await requireUniversity(tx, universityId, ['universityId']);
  await assertMayName(tx, permission, university(universityId), ['universityId']);
}

async function assertMayName(
  tx: Tx,
  permission: Permission,
  named: Named,
  path: (string | number)[],
): Promise<void> {
  if (await mayName(tx, permission, named)) return;
  refuse('NOT_FOUND', path, {
    vi: 'Đơn vị hoặc cơ sở đào tạo này không thuộc phạm vi của bạn và chưa hợp tác với đơn vị của bạn (thoả thuận, đặt hàng hoặc chương trình chung).',
    en: 'This unit or university is neither within your reach nor works with what is (an agreement, an order, or a programme together).',
  });
}

async function assertMayLeave(tx: Tx, partner: Named, path: (string | number)[]): Promise<void> {
  if (await isOwn(tx, 'programme.revise', partner)) return;
  refuse('NOT_FOUND', path, {
    vi: 'Đơn vị hoặc cơ sở đào tạo đang tham gia nằm ngoài phạm vi của bạn; bạn không được đưa ra khỏi chương trình.',
    en: 'A unit or university that takes part is out of your reach: you cannot take it out of the programme.',
  });
}

/** Refuses at `partners` to remove one that is out of reach; a change of the university is checked in askedOf. */
async function assertKept(tx: Tx, current: Whole, partners: Partner[]): Promise<void> {
  const kept = new Set(partners.map(keyOf));
  for (const partner of current.partners) {
    if (kept.has(keyOf(partner)) || delivers(partner, current.universityId)) continue;
    await assertMayLeave(tx, partner, ['partners']);
  }
}

/** The partners given, looked up. @param present partners already, whom any caller may name again. */
async function requirePartners(
  tx: Tx,
  permission: Permission,
  given: ProgrammePartnerInput[],
  present: Partner[],
): Promise<Partner[]> {
  const partners = given.map(({ role, unitId, universityId }) => ({
    role,
    unitId: unitId ?? null,
    universityId: universityId ?? null,
  }));
  const refusals = new Refusals();
  const seen = new Set<string>();
  for (const [i, { role, unitId, universityId }] of partners.entries()) {
    if ((unitId === null) === (universityId === null)) {
      refusals.add('INVALID', ['partners', i], {
        vi: 'Hãy nêu đúng một trong hai: unitId hoặc universityId.',
        en: 'Give exactly one of unitId and universityId.',
      });
      continue;
    }
    const key = keyOf({ role, unitId, universityId });
    if (seen.has(key)) {
      refusals.add('INVALID', ['partners', i], {
        vi: 'Đơn vị này được nêu hai lần với cùng một vai trò.',
        en: 'This partner is named twice in the same role.',
      });
    }
    seen.add(key);
  }
  refusals.throwIfAny();
  const known = new Set(present.map(keyOf));
  for (const [i, partner] of partners.entries()) {
    const { role, unitId, universityId } = partner;
    const path = ['partners', i, unitId ? 'unitId' : 'universityId'];
    if (unitId) await requireUnit(tx, unitId, path);
    if (universityId) await requireUniversity(tx, universityId, path);
    if (ACTING.includes(role) && !known.has(keyOf(partner)))
      await assertMayName(tx, permission, partner, path);
  }
  return partners;
}

async function listsOf(tx: Tx, programmeId: string): Promise<Pick<Whole, 'topicIds' | 'partners'>> {
  const topics = await tx.manager.findBy(ProgrammeTopic, { programmeId });
  const partners = await tx.manager.find(ProgrammePartner, { where: { programmeId }, order: { no: 'ASC' } });
  return {
    topicIds: topics.map(({ topicId }) => topicId).sort(),
    partners: partners.map(({ role, unitId, universityId }) => ({ role, unitId, universityId })),
  };
}

async function insertTopics(tx: Tx, programmeId: string, topicIds: string[]): Promise<void> {
  await insertAll(
    tx.manager,
    ProgrammeTopic,
    topicIds.map((topicId) => ({ programmeId, topicId })),
  );
}

async function insertPartners(tx: Tx, programmeId: string, partners: Partner[]): Promise<void> {
  await insertAll(
    tx.manager,
    ProgrammePartner,
    partners.map((partner) => ({ programmeId, ...partner })),
  );
}

/** Without empty entries. */
const said = (texts: string[]): string[] => texts.filter(Boolean);

function keysOf({ name, nameEn, code }: Pick<Programme, 'name' | 'nameEn' | 'code'>) {
  return { search: searchText(name, nameEn, code), nameKey: textKey(name) };
}
