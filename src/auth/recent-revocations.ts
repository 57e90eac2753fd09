import { BoundedMap } from '../infrastructure/cache/bounded-map';
import type { Clock } from '../kernel/clock';

/** Revocations within one life of an access token. A hundred bytes each. */
const MAX_REMEMBERED = 100_000;
/** Old entries are dropped when this many new ones came. */
const PRUNE_EVERY = 1000;

/**
 * What was revoked so recently that access tokens from before may still be about. Older ones have expired, so that
 * checking a token needs no database.
 */
export class RecentRevocations {
  private readonly logins = new BoundedMap<string, number>(MAX_REMEMBERED);
  private readonly users = new BoundedMap<string, number>(MAX_REMEMBERED);
  private sincePrune = 0;

  constructor(
    private readonly tokenLifeMs: number,
    private readonly clock: Clock,
  ) {}

  addLogin(loginId: string): void {
    this.remember(this.logins, loginId);
  }

  /** Tokens of logins after this are good again. */
  addUser(userId: string): void {
    this.remember(this.users, userId);
  }

  has(token: { readonly loginId: string; readonly userId: string; readonly issuedAtMs: number }): boolean {
    const userRevokedAt = this.users.get(token.userId);
    return this.logins.has(token.loginId) || (userRevokedAt !== undefined && token.issuedAtMs <= userRevokedAt);
  }

  private remember(revoked: Map<string, number>, id: string): void {
    revoked.set(id, this.clock.now());
    if (++this.sincePrune < PRUNE_EVERY) return;
    this.sincePrune = 0;
    const oldest = this.clock.now() - this.tokenLifeMs;
    for (const [old, at] of [...this.logins, ...this.users]) {
      if (at < oldest) {
        this.logins.delete(old);
        this.users.delete(old);
      }
    }
  }
}
