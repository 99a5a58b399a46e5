// Position actions: add and revise a position; and look one up by code.
import { codeKey } from '../../lib/texts';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { lockRows } from '../../database/locks';
import { assertCodeIsFree, bearerOf } from '../../graphql/codes';
import { missing, type Path, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { saveCorrection } from '../correction/correction.actions';
import { Position } from './position.entity';
import type { AddPositionInput, RevisePositionInput } from './position.input';

const CODE = { vi: 'Mã chức danh', en: 'position code' };

/** Adds a position. Refuses a code in use. */
export async function addPosition(tx: Tx, input: AddPositionInput): Promise<{ position: Position }> {
  await assertCodeIsFree(tx.manager, Position, input.code, CODE);
  const position = tx.manager.create(Position, {
    id: newId(Position.idPrefix),
    code: input.code,
    codeKey: codeKey(input.code),
    title: input.title,
    titleEn: input.titleEn ?? null,
    isKey: input.isKey,
  });
  await tx.manager.insert(Position, position);
  tx.record({ name: 'position.added', subjectId: position.id });
  return { position };
}

/** Revises a position. Refuses an old version, a code in use, and a code or title that is cleared. */
export async function revisePosition(tx: Tx, input: RevisePositionInput): Promise<{ position: Position }> {
  const { manager } = tx;
  await lockRows(manager, Position, [input.positionId], 'change');
  const position =
    (await manager.findOneBy(Position, { id: input.positionId })) ??
    refuse('NOT_FOUND', ['positionId'], missing('chức danh', 'position'));
  assertVersion(position, input.version);
  const { code, title, titleEn, isKey } = input;
  const revision = revise<Position>(position, { code, title, titleEn, isKey }, ['code', 'title', 'isKey']);
  if (revision.changes.length === 0) return { position };
  if (revision.columns.code) await assertCodeIsFree(manager, Position, revision.columns.code, CODE);
  await saveCorrection(tx, Position, position, revision, input.reason, { name: 'position.revised' });
  return { position };
}

/** The position with this code. Refuses at `path` when there is none. */
export async function requirePosition(tx: Tx, code: string, path: Path): Promise<Position> {
  return (
    (await bearerOf(tx.manager, Position, code)) ??
    refuse('NOT_FOUND', path, {
      vi: `Không có chức danh nào mang mã ${code}. Xem danh sách ở truy vấn positions.`,
      en: `No position has the code ${code}. The query positions lists them.`,
    })
  );
}
