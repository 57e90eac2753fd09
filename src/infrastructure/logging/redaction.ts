/** Fields that hold a credential wherever they appear; a log is read by more people than a database. */
const SECRET_FIELDS = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'ticket',
  'secret',
  'authorization',
  'cookie',
];

/** Paths for pino: the fields at the top and up to two levels down. */
export const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/** `Bearer …` headers, our subprotocol, tickets in a URL and passwords in a connection string, inside a sentence. */
const SECRETS_IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer\s+)[A-Za-z0-9._~+/=-]+/gi, '$1[redacted]'],
  [/(holdfast\.bearer\.)[A-Za-z0-9._-]+/g, '$1[redacted]'],
  [/([?&](?:ticket|token)=)[^&\s"]+/gi, '$1[redacted]'],
  [/(\b[a-z]+:\/\/[^:/\s]+:)[^@\s]+@/gi, '$1[redacted]@'],
];

export function redactText(text: string): string {
  return SECRETS_IN_TEXT.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}
