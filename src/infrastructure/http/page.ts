import { z } from 'zod';
import { DomainError } from '../../kernel/domain-error';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

/** Query of a list: at most `limit` items after `cursor`. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().max(1024).optional(),
});
export type PageQuery = z.output<typeof pageQuerySchema>;

export interface Page<T> {
  readonly items: readonly T[];
  /** To be given back for the items after these; null = there are none. */
  readonly nextCursor: string | null;
}

/** Makes a page of one row more than was asked for, which tells whether there are others. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  keyOf: (row: R) => string,
  item: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null;
  return { items: shown.map(item), nextCursor };
}

export function encodeCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

export function decodeCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (encodeCursor(key) !== cursor) throw badCursor();
  return key;
}

export function decodeUuidCursor(cursor: string): string {
  const key = decodeCursor(cursor);
  if (!z.uuid().safeParse(key).success) throw badCursor();
  return key;
}

export function badCursor(): DomainError {
  return new DomainError('bad_request', 'The cursor is not one this server gave.');
}
