const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OBJECT = 0x7b;
const END_OF_OBJECT = 0x7d;
const LIST = 0x5b;
const END_OF_LIST = 0x5d;
/** Short strings end within it; beyond, looking for the end natively is faster. */
const NEAR_BYTES = 64;
/** A name that is looked for, with every letter written as an escape. */
const MAX_NAME_BYTES = 128;
const MAX_VALUE_BYTES = 4_096;

/**
 * Some members of a JSON object, read without the rest: parsing 32 MiB of numbers takes the whole process for half a second, and
 * anybody may send them. Undefined when it is no object, or when what is looked for is there twice or does not end: others would
 * read something else out of it. Whether the rest is JSON is not looked at.
 */
export function topLevelMembers(json: Buffer, names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  const found: Record<string, unknown> = {};
  let at = skipSpace(json, 0);
  if (json[at] !== OBJECT) return undefined;
  at = skipSpace(json, at + 1);
  if (json[at] === END_OF_OBJECT) return isOver(json, at + 1) ? found : undefined;
  for (;;) {
    const nameEnd = json[at] === QUOTE ? stringEnd(json, at + 1) : -1;
    if (nameEnd < 0) return undefined;
    const name = nameEnd - at > MAX_NAME_BYTES ? undefined : parse(json, at, nameEnd + 1);
    at = skipSpace(json, nameEnd + 1);
    if (json[at] !== COLON) return undefined;
    at = skipSpace(json, at + 1);
    const end = valueEnd(json, at);
    if (end < 0) return undefined;
    if (typeof name === 'string' && names.includes(name)) {
      const value = end - at > MAX_VALUE_BYTES ? undefined : parse(json, at, end);
      if (value === undefined || name in found) return undefined;
      found[name] = value;
    }
    at = skipSpace(json, end);
    if (json[at] === END_OF_OBJECT) return isOver(json, at + 1) ? found : undefined;
    if (json[at] !== COMMA) return undefined;
    at = skipSpace(json, at + 1);
  }
}

/** Behind the value that begins here; -1: it does not end. */
function valueEnd(json: Buffer, start: number): number {
  if (json[start] === QUOTE) return stringEnd(json, start + 1) + 1 || -1;
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const byte = json[at] as number;
    if (byte === QUOTE) {
      at = stringEnd(json, at + 1);
      if (at < 0) return -1;
    } else if (byte === OBJECT || byte === LIST) depth++;
    else if (byte === END_OF_OBJECT || byte === END_OF_LIST) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || isSpace(byte))) return at;
  }
  return -1;
}

/** Of the closing quote; -1: there is none. `start` is behind the opening one. */
function stringEnd(json: Buffer, start: number): number {
  let at = start;
  while (at < json.length) {
    const near = Math.min(at + NEAR_BYTES, json.length);
    while (at < near) {
      const byte = json[at];
      if (byte === QUOTE) return at;
      at += byte === BACKSLASH ? 2 : 1;
    }
    const quote = json.indexOf(QUOTE, at);
    if (quote < 0) return -1;
    let escapes = 0;
    while (quote - escapes > at && json[quote - escapes - 1] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote;
    at = quote + 1;
  }
  return -1;
}

function skipSpace(json: Buffer, start: number): number {
  let at = start;
  while (at < json.length && isSpace(json[at] as number)) at++;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isOver(json: Buffer, at: number): boolean {
  return skipSpace(json, at) === json.length;
}

function parse(json: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(json.toString('utf8', start, end)) as unknown;
  } catch {
    return undefined;
  }
}
