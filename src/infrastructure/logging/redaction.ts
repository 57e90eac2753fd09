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
  'totp',
  'recoveryCode',
  'authorization',
  'cookie',
];

/** Paths for pino: the fields at the top and up to two levels down. */
export const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/** However it is spelled, and whatever is around it: `new_password`, `API-Key`, `totpSecret`. */
const SECRET_NAME =
  /pass(word|wd|phrase)|secret|token|ticket|api[-_]?key|private[-_]?key|credential|authorization|cookie|totp|recovery[-_]?codes?$/i;

/** Whether what stands under this name is a credential. */
export function isSecretField(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * Credentials inside a sentence, by what they look like or by what stands before them. Each takes a time that grows with the text
 * and not faster, because the text may be an attacker's: what repeats is bounded, or ends where nothing else can begin.
 */
const SECRETS_IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, '[private key]'],
  [/\b(Bearer\s{1,8})[A-Za-z0-9._~+/=-]+/gi, '$1[redacted]'],
  [/\b(authorization["']?\s{0,4}[:=]\s{0,4}["']?basic\s{1,8})[^\s"',]+/gi, '$1[redacted]'],
  [/(holdfast\.bearer\.)[A-Za-z0-9._-]+/g, '$1[redacted]'],
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, '[jwt]'],
  [/\bsk-[A-Za-z0-9][\w-]{15,}/g, '[api key]'],
  [/\b(?:gh[pousr]_|github_pat_)\w{16,}/g, '[github token]'],
  [/\bxox[abprs]-[\w-]{10,}/g, '[slack token]'],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, '[aws key]'],
  [
    /((?:pass(?:word|wd|phrase)|secret|token|ticket|api[-_]?key|totp)["']?\s{0,4}[=:]\s{0,4}["']?)[^\s"'&;,]+/gi,
    '$1[redacted]',
  ],
  [/(:\/\/[^:/\s]{0,256}:)[^@\s]{1,256}@/g, '$1[redacted]@'],
];

/** Without any of these there is none of them: most texts are ids and names, and one look at them is enough. */
const MAYBE_SECRET = /[=:]|bearer|-----BEGIN|eyJ|sk-|gh[pousr]_|github_pat_|xox|AKIA|ASIA/i;

export function redactText(text: string): string {
  if (!MAYBE_SECRET.test(text)) return text;
  return SECRETS_IN_TEXT.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}
