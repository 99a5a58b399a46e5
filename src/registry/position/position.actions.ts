// Position action: add a position; and look one up by code.
import { codeKey } from '../../lib/texts';
import type { Tx } from '../../events/write';
import { assertCodeIsFree, bearerOf } from '../../graphql/codes';
import { type Path, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { Position } from './position.entity';
import type { AddPositionInput } from './position.input';

/** Adds a position. Refuses a code in use. */
export async function addPosition(tx: Tx, input: AddPositionInput): Promise<{ position: Position }> {
  await assertCodeIsFree(tx.manager, Position, input.code, { vi: 'Mã chức danh', en: 'position code' });
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
