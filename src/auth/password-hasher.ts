import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '../kernel/domain-error';
import { Semaphore } from '../kernel/semaphore';

/** argon2id, the default, as OWASP recommends it: 19 MiB, two passes. About 60 ms. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Hashing shares libuv's four threads with files and DNS; half of them stay free. */
const MAX_AT_ONCE = 2;
/** About two seconds of work; whoever comes later is sent away rather than kept waiting. */
const MAX_WAITING = 64;
const RETRY_AFTER_MS = 2000;

@Injectable()
export class PasswordHasher {
  private readonly slots = new Semaphore(MAX_AT_ONCE, MAX_WAITING);
  private decoy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.limited(() => hash(normalised(password), OPTIONS));
  }

  verify(passwordHash: string, password: string): Promise<boolean> {
    return this.limited(() => verify(passwordHash, normalised(password)));
  }

  /** Takes as long as a real check, so that the time of an answer does not tell whether an account exists. */
  async verifyNothing(password: string): Promise<false> {
    this.decoy ??= hash('no account has this password', OPTIONS);
    await this.verify(await this.decoy, password);
    return false;
  }

  private async limited<T>(work: () => Promise<T>): Promise<T> {
    const release = this.slots.acquire();
    if (!release) {
      throw new DomainError('rate_limited', 'Too many logins at the same time; try again in a moment.', {
        retryable: true,
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    const done = await release;
    try {
      return await work();
    } finally {
      done();
    }
  }
}

/** Keyboards differ in how they compose the same character (NIST SP 800-63B, 3.1.1.2). Nothing is cut, NUL counts as well. */
function normalised(password: string): Buffer {
  return Buffer.from(password.normalize('NFKC'));
}
