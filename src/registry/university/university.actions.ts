// University actions: add and revise a university.
import { codeKey } from '../../lib/texts';
import { isWithin } from '../../access/scope';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { assertCodeIsFree } from '../../graphql/codes';
import { missing, notYours, type Path, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { textKey } from '../../lib/vietnamese';
import { University } from './university.entity';
import type { AddUniversityInput, ReviseUniversityInput } from './university.input';

const NO_UNIVERSITY = missing('cơ sở đào tạo', 'university');
/** Adds a university. Refuses a code in use. */
export async function addUniversity(tx: Tx, input: AddUniversityInput): Promise<{ university: University }> {
  await assertCodeIsFree(tx.manager, University, input.code, {
    vi: 'Mã cơ sở đào tạo',
    en: 'university code',
  });
  const facts = {
    code: input.code,
    name: input.name,
    nameEn: input.nameEn ?? null,
    abbreviation: input.abbreviation ?? null,
    website: input.website ?? null,
  };
  const university = tx.manager.create(University, {
    id: newId(University.idPrefix),
    ...facts,
    version: 1,
    ...keysOf(facts),
  });
  await tx.manager.insert(University, university);
  tx.record({ name: 'university.added', subjectId: university.id, universityId: university.id });
  return { university };
}

/** Revises a university. Refuses an old version, and a name that is cleared. */
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
  const { name, nameEn, abbreviation, website } = input;
  const { columns, changes } = revise<University>(university, { name, nameEn, abbreviation, website }, [
    'name',
  ]);
  if (changes.length === 0) return { university };
  Object.assign(university, columns, { version: university.version + 1 });
  Object.assign(university, keysOf(university));
  await tx.manager.update(University, { id: university.id }, university);
  tx.record({ name: 'university.revised', subjectId: university.id, universityId: university.id, changes });
  return { university };
}

/** The university with this id. Refuses at `path` when there is none. */
export async function requireUniversity(tx: Tx, id: string, path: Path): Promise<University> {
  return (await tx.manager.findOneBy(University, { id })) ?? refuse('NOT_FOUND', path, NO_UNIVERSITY);
}

/** The keys by which a university is found and sorted. */
function keysOf({
  code,
  name,
  nameEn,
  abbreviation,
}: Pick<University, 'code' | 'name' | 'nameEn' | 'abbreviation'>): Pick<
  University,
  'codeKey' | 'nameKey' | 'search'
> {
  return {
    codeKey: codeKey(code),
    nameKey: textKey(name),
    search: searchText(name, nameEn, abbreviation, code),
  };
}
