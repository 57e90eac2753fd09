import type { Principal } from '../auth/principal';

/** How long before the access token expires the client is told. */
const NOTICE_MS = 60_000;
/** setTimeout counts in 32 bits. */
const MAX_TIMER_MS = 2_147_483_647;

/** Tells in time that a socket's credential expires, and when it has. */
export class CredentialTimer {
  private notice: NodeJS.Timeout | undefined;
  private end: NodeJS.Timeout | undefined;

  constructor(
    private readonly now: () => number,
    private readonly onExpiring: (expiresInMs: number) => void,
    private readonly onExpired: () => void,
  ) {}

  arm({ expiresAtMs }: Principal): void {
    this.clear();
    const left = expiresAtMs - this.now();
    this.notice = setTimeout(() => this.onExpiring(expiresAtMs - this.now()), clamp(left - NOTICE_MS));
    this.end = setTimeout(this.onExpired, clamp(left));
  }

  clear(): void {
    clearTimeout(this.notice);
    clearTimeout(this.end);
  }
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), MAX_TIMER_MS);
}
