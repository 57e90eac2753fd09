import { z } from 'zod';

/** What a value must look like: how it is parsed, and the requirement as it reads after "must be". */
interface Kind<T> {
  readonly schema: z.ZodType<T, string>;
  readonly requirement: string;
}

/** One environment variable. Parsing, `.env.example` and its test all come from this. */
export interface Variable<T> extends Kind<T> {
  readonly description: string;
  /** As it would be written in the environment; absent = the variable is optional. */
  readonly default?: string;
  /** Never shown in an error. */
  readonly secret?: true;
}

export type WithDefault<T> = Variable<T> & { readonly default: string };

export function withDefault<T>(variable: WithDefault<T>): WithDefault<T> {
  return variable;
}

export type Optional<T> = Variable<T> & { readonly default?: undefined };

export function optional<T>(variable: Optional<T>): Optional<T> {
  return variable;
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(min).max(max)),
    requirement:
      max === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`,
  };
}

export const port = integer(0, 65535);

export function text(requirement = 'text', pattern = /^.+$/): Kind<string> {
  return { schema: z.string().regex(pattern), requirement };
}

export function secret(minBytes: number): Kind<string> {
  return {
    schema: z.string().refine((value) => Buffer.byteLength(value) >= minBytes),
    requirement: `at least ${minBytes} bytes long`,
  };
}

/** One or more secrets, separated by commas. */
export function secretList(minBytes: number): Kind<readonly string[]> {
  return listOf(
    (value) => Buffer.byteLength(value) >= minBytes,
    `one or more comma-separated secrets of at least ${minBytes} bytes each`,
  );
}

/** An amount of money with at most six decimals, or no bound. */
export const dollarsOrUnlimited: Kind<number | 'unlimited'> = {
  schema: z
    .string()
    .regex(/^(unlimited|\d{1,7}(\.\d{1,6})?)$/)
    .transform((value) => (value === 'unlimited' ? value : Number(value)))
    .pipe(z.union([z.number().max(1_000_000), z.literal('unlimited')])),
  requirement: 'an amount in US dollars from 0 to 1000000, or unlimited',
};

export function oneOf<const T extends string>(...values: T[]): Kind<T> {
  const known = (value: string): value is T => values.some((candidate) => candidate === value);
  return {
    schema: z
      .string()
      .refine(known)
      .transform((value) => value),
    requirement: `one of ${values.join(', ')}`,
  };
}

export function url(...protocols: string[]): Kind<string> {
  return {
    schema: z
      .string()
      .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1))),
    requirement: `a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  };
}

/** Paths are added to it; a password in it would be shown to administrators. */
export const endpoint: Kind<string> = {
  schema: z.string().refine((value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, username, password, search, hash } = new URL(value);
    return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
  }),
  requirement: 'a URL that starts with http:// or https://, without a user name, a query or a fragment',
};

/** A comma-separated list; white space around an element does not count. */
export function listOf(element: (value: string) => boolean, requirement: string): Kind<readonly string[]> {
  return {
    schema: z
      .string()
      .transform((value) => value.split(',').map((part) => part.trim()))
      .transform((parts) => Object.freeze(parts.filter((part) => part !== '')))
      .refine((parts) => parts.every(element)),
    requirement,
  };
}

/** `false`, or how many proxies stand in front; `true` means one. */
export const proxyHops: Kind<number> = {
  schema: z
    .string()
    .regex(/^(true|false|\d)$/)
    .transform((value) => (value === 'true' ? 1 : value === 'false' ? 0 : Number(value))),
  requirement: 'false, true, or the number of proxies in front of this server',
};

export const flag: Kind<boolean> = {
  schema: z
    .string()
    .regex(/^(true|false)$/)
    .transform((value) => value === 'true'),
  requirement: 'true or false',
};

const PLACEHOLDER = /\{(\w+)\}/g;

/** A program and its arguments as a JSON list. No shell reads it: a placeholder is filled in as (part of) one word. */
export function commandTemplate(...placeholders: readonly string[]): Kind<readonly string[]> {
  const isKnown = (word: string): boolean =>
    [...word.matchAll(PLACEHOLDER)].every(([, name]) => placeholders.includes(name ?? ''));
  return {
    schema: z
      .string()
      .transform((text, context) => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          context.addIssue('not JSON');
          return z.NEVER;
        }
      })
      .pipe(z.array(z.string().refine(isKnown)).min(1))
      .refine(([program]) => program?.startsWith('/') && !program.includes('{'))
      .transform((words) => Object.freeze(words)),
    requirement: `a JSON list of words, the first an absolute path, with no placeholders but ${placeholders.map((name) => `{${name}}`).join(', ')}`,
  };
}
