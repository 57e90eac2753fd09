import { createHmac, timingSafeEqual } from 'node:crypto';
import { toBase32 } from './base32';

/** What every authenticator app understands (RFC 6238): SHA-1, six digits, half a minute. */
const STEP_MS = 30_000;
const DIGITS = 6;
/** Clocks may be this many steps apart, either way. */
const SKEW_STEPS = 1;
/** As long as the hash, which RFC 4226 recommends. */
export const TOTP_SECRET_BYTES = 20;

const ISSUER = 'Holdfast';

export function stepAt(ms: number): number {
  return Math.floor(ms / STEP_MS);
}

/** HOTP of RFC 4226, section 5.3, for the counter `step`. */
export function codeOf(secret: Uint8Array, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The step whose code this is, now or one step away; undefined = it is none of these. */
export function matchingStep(secret: Uint8Array, code: string, nowMs: number): number | undefined {
  const now = stepAt(nowMs);
  let match: number | undefined;
  for (let step = now - SKEW_STEPS; step <= now + SKEW_STEPS; step++) {
    if (isSame(codeOf(secret, step), code)) match = step;
  }
  return match;
}

/** What a QR code for an authenticator app holds. */
export function otpauthUri(secret: Uint8Array, account: string): string {
  const parameters = new URLSearchParams({ secret: toBase32(secret), issuer: ISSUER, algorithm: 'SHA1' });
  parameters.set('digits', String(DIGITS));
  parameters.set('period', String(STEP_MS / 1000));
  return `otpauth://totp/${encodeURIComponent(`${ISSUER}:${account}`)}?${parameters.toString()}`;
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
