// Revisions (partial updates): a field left out stays unchanged, null clears one that may be empty.
import { Field, Int } from 'type-graphql';
import { Column } from 'typeorm';
import { refuse } from '../graphql/errors';
import { Words } from '../graphql/validation';
import type { Change } from './event.entity';

/**
 * Compares the input of a revision with the stored record.
 * @param asked the fields that a client may revise; undefined leaves one unchanged.
 * @param needed the fields that cannot be cleared.
 * @returns the columns to update, and the changes for the event.
 * @throws Refusal INVALID for null in a needed field.
 */
export function revise<T extends object>(
  current: T,
  asked: { [K in keyof T]?: T[K] | null },
  needed: (keyof T & string)[],
): { columns: Partial<T>; changes: Change[] } {
  const columns: Partial<T> = {};
  const changes: Change[] = [];
  for (const field of Object.keys(asked) as (keyof T & string)[]) {
    const to = asked[field];
    const from = current[field];
    if (to === undefined || asText(to) === asText(from)) continue;
    if (to === null && needed.includes(field)) {
      refuse('INVALID', [field], { vi: 'Không được để trống.', en: 'Must not be empty.' });
    }
    columns[field] = to as T[typeof field];
    changes.push({ field, from: asText(from), to: asText(to) });
  }
  return { columns, changes };
}

/** The field of a revision's input with the version that the client read. */
export const VersionRead = (): PropertyDecorator =>
  Field(() => Int, {
    nullable: true,
    description: 'The version you read; refused when the record was changed since (phiên bản).',
  });

/** The column and field of a record with its version, which each revision counts up. */
export const Version = (): PropertyDecorator => (target, property) => {
  const description = 'Counts the revisions; hand it back to revise safely (phiên bản).';
  Field(() => Int, { description })(target, property);
  Column({ type: 'integer', default: 1 })(target, property);
};

/** The field of a revision's input that says why. */
export const Why =
  (options: { optional?: boolean } = {}): PropertyDecorator =>
  (target, property) => {
    Field(() => String, {
      nullable: options.optional,
      description: options.optional ? 'Why; null where it is not said (lý do).' : 'Why (lý do).',
    })(target, property);
    Words(1_000, options)(target, property);
  };

/** Optimistic locking. @throws Refusal STALE_VERSION when the record was changed since the client read it. */
export function assertVersion(current: { version: number }, read: number | null | undefined): void {
  if (read == null || read === current.version) return;
  refuse('STALE_VERSION', ['version'], {
    vi: `Có người vừa sửa: phiên bản hiện tại là ${current.version}, bạn gửi ${read}. Hãy tải lại rồi sửa tiếp.`,
    en: `The record was changed: its version is ${current.version}, you sent ${read}. Read it again, then revise.`,
  });
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
