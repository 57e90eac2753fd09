import { z } from 'zod';

/** What can be wrong, and how bad that is. Codes are stable: dashboards and people look for them. */
export const ALERT_CODES = {
  breaker_open: 'warning',
  outbox_late: 'warning',
  outbox_dead_letters: 'warning',
  outbox_in_memory: 'critical',
  disk_low: 'critical',
  cache_degraded: 'warning',
  pty_host_down: 'critical',
  launcher_missing: 'critical',
  launcher_unsafe: 'warning',
  default_secret: 'critical',
} as const satisfies Record<string, 'warning' | 'critical'>;

export type AlertCode = keyof typeof ALERT_CODES;

/** Something that is wrong now. */
export interface Finding {
  readonly code: AlertCode;
  /** Which of several: the name of a breaker. */
  readonly subject?: string;
  /** A sentence that says what to do. */
  readonly message: string;
  /** Unix milliseconds; absent: since this process noticed. */
  readonly sinceMs?: number;
}

/** Looks at one part of the server. Never throws for what it is there to find. */
export type AlertSource = () => readonly Finding[] | Promise<readonly Finding[]>;

export const alertSchema = z.object({
  code: z.enum(Object.keys(ALERT_CODES) as [AlertCode, ...AlertCode[]]),
  severity: z.enum(['warning', 'critical']),
  subject: z.string().nullable(),
  message: z.string(),
  since: z.iso.datetime(),
});
export type Alert = z.output<typeof alertSchema>;
