import { BoundedMap } from '../infrastructure/cache/bounded-map';
import type { Clock } from '../kernel/clock';
import type { Revocation, RevocationFiles } from './revocation-files';

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
    /** Absent: only this process remembers. */
    private readonly files?: RevocationFiles,
  ) {
    for (const { kind, id, at } of files?.read() ?? []) this.of(kind).set(id, at);
  }

  hasLogin(loginId: string): boolean {
    return this.logins.has(loginId);
  }

  addLogin(loginId: string): void {
    // A login is revoked once; catching up tells it again.
    if (!this.logins.has(loginId)) this.add('login', loginId);
  }

  /** Tokens of logins after this are good again. */
  addUser(userId: string): void {
    this.add('user', userId);
  }

  has(token: { readonly loginId: string; readonly userId: string; readonly issuedAtMs: number }): boolean {
    const userRevokedAt = this.users.get(token.userId);
    return this.logins.has(token.loginId) || (userRevokedAt !== undefined && token.issuedAtMs <= userRevokedAt);
  }

  private of(kind: Revocation['kind']): Map<string, number> {
    return kind === 'login' ? this.logins : this.users;
  }

  private add(kind: Revocation['kind'], id: string): void {
    const at = this.clock.now();
    this.of(kind).set(id, at);
    this.files?.append({ kind, id, at });
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
