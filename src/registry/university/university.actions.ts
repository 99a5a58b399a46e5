// University actions: add and revise a university.
import { codeKey } from '../../lib/texts';
import { isWithin } from '../../access/scope';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { assertCodeIsFree } from '../../graphql/codes';
import { missing, NAMED_TWICE, notYours, type Path, Refusals, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { insertAll } from '../../database/insert-all';
import { searchText } from '../../database/search';
import { textKey } from '../../lib/vietnamese';
import { FormerName, University } from './university.entity';
import type { AddUniversityInput, FormerNameInput, ReviseUniversityInput } from './university.input';

const NO_UNIVERSITY = missing('cơ sở đào tạo', 'university');
/** Adds a university. Refuses a code in use. */
export async function addUniversity(tx: Tx, input: AddUniversityInput): Promise<{ university: University }> {
  await assertCodeIsFree(tx.manager, University, input.code, {
    vi: 'Mã cơ sở đào tạo',
    en: 'university code',
  });
  const facts = {
    code: input.code,
    kind: input.kind,
    name: input.name,
    nameEn: input.nameEn ?? null,
    abbreviation: input.abbreviation ?? null,
    website: input.website ?? null,
  };
  const university = tx.manager.create(University, {
    id: newId(University.idPrefix),
    ...facts,
    version: 1,
    ...keysOf(facts, []),
  });
  await tx.manager.insert(University, university);
  tx.record({ name: 'university.added', subjectId: university.id, universityId: university.id });
  return { university };
}

/**
 * Revises a university, and the names it bore before. Refuses an old version, a name or kind that is cleared, two former
 * names that end on one day, and one that has not ended.
 */
export async function reviseUniversity(
  tx: Tx,
  input: ReviseUniversityInput,
): Promise<{ university: University }> {
  await lockRows(tx.manager, University, [input.universityId], 'change');
  const within = tx.scope('university.revise').universities('own.id');
  const isOwn = await isWithin(tx.manager, University, input.universityId, within);
  const university = await requireUniversity(tx, input.universityId, ['universityId']);
  if (!isOwn) refuse('NOT_FOUND', ['universityId'], notYours(university.name, university.name));
  assertVersion(university, input.version);
  const { kind, name, nameEn, abbreviation, website } = input;
  const { columns, changes } = revise<University>(university, { kind, name, nameEn, abbreviation, website }, [
    'kind',
    'name',
  ]);
  const order = { until: 'ASC' } as const;
  const before = await tx.manager.find(FormerName, { where: { universityId: university.id }, order });
  const names = input.formerNames === undefined ? before : formerNamesOf(tx, university, input.formerNames);
  const [from, to] = [historyOf(before), historyOf(names)];
  if (from !== to) changes.push({ field: 'formerNames', from, to });
  if (changes.length === 0) return { university };
  if (from !== to) {
    await tx.manager.delete(FormerName, { universityId: university.id });
    await insertAll(tx.manager, FormerName, names);
  }
  Object.assign(university, columns, { version: university.version + 1 });
  Object.assign(university, keysOf(university, names));
  await tx.manager.update(University, { id: university.id }, university);
  tx.record({ name: 'university.revised', subjectId: university.id, universityId: university.id, changes });
  return { university };
}

/** The former names of an input, oldest first. Refuses two of one day, and one that goes on today or later. */
function formerNamesOf(tx: Tx, { id }: University, given: FormerNameInput[] | null): FormerName[] {
  const names = given ?? [];
  const refusals = new Refusals();
  for (const [i, { validTo: until }] of names.entries()) {
    const path = ['formerNames', i, 'validTo'];
    if (names.findIndex((each) => each.validTo === until) < i)
      refusals.add('ALREADY_EXISTS', path, NAMED_TWICE);
    if (until < tx.today) continue;
    refusals.add('INVALID', path, {
      vi: `Tên trước đây phải kết thúc trước hôm nay, ${tx.today}.`,
      en: `A former name ended before today, ${tx.today}.`,
    });
  }
  refusals.throwIfAny();
  return names
    .map(({ name, nameEn, abbreviation, validTo: until }) =>
      tx.manager.create(FormerName, {
        universityId: id,
        until,
        name,
        nameEn: nameEn ?? null,
        abbreviation: abbreviation ?? null,
      }),
    )
    .sort((one, other) => (one.until < other.until ? -1 : 1));
}

/** The former names as an event tells them; null when there are none. */
function historyOf(names: readonly FormerName[]): string | null {
  const told = names.map(({ name, nameEn, abbreviation, until }) => ({ name, nameEn, abbreviation, until }));
  return told.length === 0 ? null : JSON.stringify(told);
}

/** The university with this id. Refuses at `path` when there is none. */
export async function requireUniversity(tx: Tx, id: string, path: Path): Promise<University> {
  return (await tx.manager.findOneBy(University, { id })) ?? refuse('NOT_FOUND', path, NO_UNIVERSITY);
}

/** The keys by which a university is found, also by the names it bore before, and sorted. */
function keysOf(
  { code, name, nameEn, abbreviation }: Pick<University, 'code' | 'name' | 'nameEn' | 'abbreviation'>,
  before: readonly FormerName[],
): Pick<University, 'codeKey' | 'nameKey' | 'search'> {
  const names = before.flatMap((each) => [each.name, each.nameEn, each.abbreviation]);
  return {
    codeKey: codeKey(code),
    nameKey: textKey(name),
    search: searchText(name, nameEn, abbreviation, code, ...names),
  };
}
