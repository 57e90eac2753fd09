interface RandomSource {
  randomUUID?(): string;
  getRandomValues(target: Uint8Array<ArrayBuffer>): unknown;
}

/** 80 bits and a little more, in base 36. */
const SESSION_RANDOM_CHARACTERS = 16;
const BASE_36 = '0123456789abcdefghijklmnopqrstuvwxyz';
/** The largest multiple of 36 in a byte; larger bytes are thrown away, so every character is equally likely. */
const FAIR_BYTES = 252;

const platformCrypto = (): RandomSource => (globalThis as unknown as { crypto: RandomSource }).crypto;

/** A version 4 UUID. Pages served over plain http have no `randomUUID`, but they have `getRandomValues`. */
export function randomUuid(source: RandomSource = platformCrypto()): string {
  if (typeof source.randomUUID === 'function') return source.randomUUID();
  const bytes = new Uint8Array(16);
  source.getRandomValues(bytes);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * A name for a session that does not exist yet. Chosen here and not by the server, because `open` is idempotent by name:
 * an `open` repeated after a lost answer finds the process of the first one and does not start a second.
 */
export function newSessionId(now: number, source: RandomSource = platformCrypto()): string {
  let random = '';
  const bytes = new Uint8Array(SESSION_RANDOM_CHARACTERS * 2);
  while (random.length < SESSION_RANDOM_CHARACTERS) {
    source.getRandomValues(bytes);
    for (const byte of bytes) if (byte < FAIR_BYTES) random += BASE_36[byte % 36];
  }
  return `session_${Math.floor(now)}_${random.slice(0, SESSION_RANDOM_CHARACTERS)}`;
}
