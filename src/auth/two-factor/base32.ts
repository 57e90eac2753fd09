/** RFC 4648 without padding: how authenticator apps take secrets. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BITS = 5;

export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let held = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    held += 8;
    for (; held >= BITS; held -= BITS) text += ALPHABET[(buffer >>> (held - BITS)) & 31];
    buffer &= (1 << held) - 1;
  }
  return held === 0 ? text : text + ALPHABET[(buffer << (BITS - held)) & 31];
}
