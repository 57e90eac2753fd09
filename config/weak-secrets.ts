/** What is set; absent ones are generated or not used. */
export interface SecretSettings {
  readonly JWT_SECRET?: string;
  readonly SECRETS_KEY?: readonly string[];
  readonly AUDIT_KEY?: string;
  readonly METRICS_TOKEN?: string;
  readonly ADMIN_PASSWORD?: string;
  readonly DATABASE_URL?: string;
  readonly REDIS_URL?: string;
}

/** Words that examples, tutorials and hurried people make secrets of. */
const KNOWN_WORDS =
  /secret|passwor[dt]|passw0rd|passwd|pass|change|default|example|sample|placeholder|replace|insert|your|super|please|this|here|development|production|testing|test|demo|admin|root|user|holdfast|terminal|jwt|metrics|audit|token|key|value|string|random|long|very|must|least|characters|bytes|postgres|redis|letmein|welcome|qwert[yz]|asdf|abc|123|me|my|in|be|at|to|it|for|with|the|a|of/g;
const WELL_KNOWN_PASSWORDS = new Set(
  'postgres password passw0rd admin administrator root secret changeme change-me default test demo holdfast redis user pass guest example letmein welcome 123456 12345678 123456789 qwerty foobared'.split(
    ' ',
  ),
);
/** Of a key, what is left once known words, separators and runs are taken away: 64 bits of base 16. */
const MIN_KEY_REST = 16;
const MIN_TOKEN_REST = 10;
/** Different characters in 32 random hexadecimal digits: fewer than 8 once in ten thousand. */
const MIN_KEY_VARIETY = 8;
const MIN_PASSWORD_LENGTH = 12;
const MIN_PASSWORD_VARIETY = 5;

const HOW_TO_MAKE_ONE = 'make one with: openssl rand -base64 48';

/** Why these secrets must not guard a production server: one sentence for each problem, without the secret in it. */
export function weakSecrets(settings: SecretSettings): string[] {
  const { JWT_SECRET, AUDIT_KEY, METRICS_TOKEN, ADMIN_PASSWORD, DATABASE_URL, REDIS_URL } = settings;
  const keys = { JWT_SECRET, SECRETS_KEY: settings.SECRETS_KEY, AUDIT_KEY };
  const problems = Object.entries(keys).flatMap(([name, value]) =>
    [value ?? []].flat().some((key) => isGuessable(key, MIN_KEY_REST)) ? [weak(name)] : [],
  );
  if (METRICS_TOKEN !== undefined && isGuessable(METRICS_TOKEN, MIN_TOKEN_REST)) problems.push(weak('METRICS_TOKEN'));
  if (ADMIN_PASSWORD !== undefined && isWeakPassword(ADMIN_PASSWORD)) {
    problems.push(
      `ADMIN_PASSWORD is too easy to guess for production; take at least ${MIN_PASSWORD_LENGTH} characters that are no well-known password, or leave it out to have one generated.`,
    );
  }
  for (const [name, url] of Object.entries({ DATABASE_URL, REDIS_URL })) {
    if (url && hasWellKnownPassword(url)) {
      problems.push(`${name} has a well-known password; give the account a random one.`);
    }
  }
  return [...problems, ...repeated({ JWT_SECRET, AUDIT_KEY, METRICS_TOKEN, ADMIN_PASSWORD }, settings.SECRETS_KEY)];
}

function weak(name: string): string {
  return `${name} is too easy to guess for production; ${HOW_TO_MAKE_ONE}`;
}

/** A secret that serves two purposes is lost for both at once. */
function repeated(settings: Readonly<Record<string, string | undefined>>, keys: readonly string[] = []): string[] {
  const seen = new Map<string, string>(keys.map((key) => [key, 'SECRETS_KEY']));
  return Object.entries(settings).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const other = seen.get(value);
    seen.set(value, name);
    return other === undefined ? [] : [`${name} is the same as ${other}; ${HOW_TO_MAKE_ONE}`];
  });
}

function isGuessable(secret: string, minRest: number): boolean {
  const rest = secret
    .toLowerCase()
    .replace(KNOWN_WORDS, '')
    .replace(/[^a-z0-9]/g, '')
    // Runs: aaaa, 000000.
    .replace(/(.)\1{2,}/g, '$1');
  return rest.length < minRest || new Set(secret).size < MIN_KEY_VARIETY || isRepetition(secret) || isSequence(rest);
}

/** abcabcabc… is as good as abc. */
function isRepetition(text: string): boolean {
  const period = (text + text).indexOf(text, 1);
  return period < text.length && period < MIN_KEY_REST;
}

/** 0123456789abcdef…: mostly each character the one after the one before. */
function isSequence(text: string): boolean {
  const codes = [...text].map((character) => character.charCodeAt(0));
  const steps = codes.filter((code, index) => Math.abs(code - (codes[index - 1] ?? -9)) === 1).length;
  return steps > codes.length / 2;
}

function isWeakPassword(password: string): boolean {
  const known = password.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    [...password].length < MIN_PASSWORD_LENGTH ||
    new Set(password).size < MIN_PASSWORD_VARIETY ||
    WELL_KNOWN_PASSWORDS.has(known) ||
    // "changeme123!", "Password2024": a known word and what is hung onto it.
    WELL_KNOWN_PASSWORDS.has(known.replace(/\d+$/, '')) ||
    isSequence(known)
  );
}

function hasWellKnownPassword(url: string): boolean {
  const { username, password, searchParams } = new URL(url);
  const [user, ...given] = [username, password, searchParams.get('password') ?? ''].map((text) =>
    decoded(text).toLowerCase(),
  );
  return given.some((text) => text !== '' && (text === user || WELL_KNOWN_PASSWORDS.has(text)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
