import { z } from 'zod';

/**
 * The same object without room for anything else: a field nobody expects is a mistake of the client, or somebody who tries
 * whether `role` or `ownerId` is taken over. Objects inside say it themselves (`z.strictObject`).
 */
export function strict<S extends z.ZodType>(schema: S): S {
  return schema instanceof z.ZodObject ? (schema.strict() as unknown as S) : schema;
}
