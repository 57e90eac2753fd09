import { randomBytes, randomUUID } from 'node:crypto';

const BASE36 = 36;
/** 80 random bits are 16 digits in base 36 (16 · log2 36 ≈ 82.7). */
const SESSION_RANDOM_BYTES = 10;
const SESSION_RANDOM_DIGITS = 16;

/** Randomness as a dependency, so that tests decide what is drawn. */
export abstract class Ids {
  abstract uuid(): string;
  /** `session_{Unix milliseconds}_{at least 80 random bits in lower-case base 36}` */
  abstract sessionId(nowMs: number): string;
  /** `bytes` random bytes in base64url. */
  abstract secret(bytes: number): string;
}

export class RandomIds extends Ids {
  uuid(): string {
    return randomUUID();
  }

  sessionId(nowMs: number): string {
    const random = BigInt(`0x${randomBytes(SESSION_RANDOM_BYTES).toString('hex')}`).toString(BASE36);
    return `session_${nowMs}_${random.padStart(SESSION_RANDOM_DIGITS, '0')}`;
  }

  secret(bytes: number): string {
    return randomBytes(bytes).toString('base64url');
  }
}
