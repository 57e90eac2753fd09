import { z } from 'zod';
import { outputQuerySchema } from '../../sessions/session.schemas';
import { CAST_FORMATS } from './asciicast';

const MAX_IDLE_SECONDS = 86_400;

export const recordingQuerySchema = outputQuerySchema.extend({
  format: z.enum(CAST_FORMATS).default('asciicast-v2'),
  /** Pauses are shortened to this; fractions are allowed. */
  maxIdleSeconds: z.coerce.number().min(0).max(MAX_IDLE_SECONDS).optional(),
});

export type RecordingQuery = z.output<typeof recordingQuerySchema>;
