import { redactText, isSecretField } from '../../infrastructure/logging/redaction';
import { visible } from '../../kernel/visible-text';
import type { AuditEntry } from '../audit-log';
import type { AuditContent } from '../chain/audit-record';
import { canonicalJson } from '../chain/canonical-json';

/** What a secret is looked for in. Text beyond it is far beyond every bound below. */
const MAX_SCANNED = 8192;
/** An e-mail address may have 320 characters, a user agent is told apart in 256, ids are shorter. */
const MAX_TEXT = 320;
/** Of one text in `data`: a line that a person reads. */
const MAX_DATA_TEXT = 512;
const MAX_KEYS = 50;
const MAX_ITEMS = 64;
const MAX_DEPTH = 4;
/** Of `data` as JSON: a quarter of what the outbox takes in one record. */
const MAX_DATA_BYTES = 16 * 1024;
const REDACTED = '[redacted]';

/**
 * An entry as it is written down: the one place where texts from anybody lose their secrets, show their control characters, and are
 * cut to size.
 */
export function cleanEntry({ code, outcome, reason, actor, source, target, data }: AuditEntry): AuditContent {
  return {
    code,
    outcome,
    reason: textOrNull(reason),
    actorId: textOrNull(actor?.userId),
    actorEmail: textOrNull(actor?.email),
    actorRole: textOrNull(actor?.role),
    loginId: textOrNull(actor?.loginId),
    ip: textOrNull(source?.ip),
    userAgent: textOrNull(source?.userAgent),
    requestId: textOrNull(source?.requestId),
    targetKind: textOrNull(target?.kind),
    targetId: textOrNull(target?.id),
    data: cleanData(data ?? {}),
  };
}

/** One text. Secrets first: a cut or an escape could make one unrecognizable. */
export function cleanText(text: string, max = MAX_TEXT): string {
  const shown = visible(redactText(text.slice(0, MAX_SCANNED)));
  return shown.length <= max ? shown : `${shown.slice(0, max)}…`;
}

/** Entries come from typed code, but what they are filled with comes from requests. */
function textOrNull(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return cleanText(typeof value === 'string' ? value : canonicalJson(cleanValue(value, 0)));
}

function cleanData(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const cleaned = cleanObject(data, 0);
  const bytes = Buffer.byteLength(JSON.stringify(cleaned));
  return bytes <= MAX_DATA_BYTES ? cleaned : { truncated: true, bytes, keys: Object.keys(cleaned) };
}

function cleanObject(value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const cleaned = entries
    .slice(0, MAX_KEYS)
    .map(([key, inner]): [string, unknown] => [cleanText(key), cleanField(key, inner, depth + 1)]);
  if (entries.length > MAX_KEYS) cleaned.push(['…', `${entries.length - MAX_KEYS} more`]);
  return Object.fromEntries(cleaned);
}

/** That there is a password tells nothing about it. */
function cleanField(key: string, value: unknown, depth: number): unknown {
  return isSecretField(key) && typeof value !== 'boolean' ? REDACTED : cleanValue(value, depth);
}

function cleanValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return cleanText(value, MAX_DATA_TEXT);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : cleanInner(value, depth);
    default:
      return null;
  }
}

function cleanInner(value: object, depth: number): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (depth >= MAX_DEPTH) return '…';
  if (!Array.isArray(value)) return cleanObject(value, depth);
  const items = value.slice(0, MAX_ITEMS).map((item) => cleanValue(item, depth + 1));
  return value.length > MAX_ITEMS ? [...items, `… ${value.length - MAX_ITEMS} more`] : items;
}
