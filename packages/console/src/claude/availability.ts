import { ApiError } from '../errors';
import { Observable } from '../observable';

/** `GET /api/claude`. */
export interface ClaudeAvailability {
  readonly available: boolean;
  /** Why not, as a sentence. */
  readonly reason?: string | null;
}

/** What is known is old after this. */
const FRESH_MS = 30_000;
const OLDER_SERVER: ClaudeAvailability = { available: false, reason: 'This server has no Claude sessions.' };

/** Whether Claude sessions can be made here, as of lately. */
export class Availability {
  readonly value = new Observable<ClaudeAvailability | undefined>(undefined);
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly load: () => Promise<ClaudeAvailability>) {}

  /** Why a new Claude session cannot be made; `undefined` when it can, or when the server has yet to say. */
  get obstacle(): string | undefined {
    const { value } = this.value;
    if (!value || value.available) return undefined;
    return value.reason || 'Claude is not available on this server.';
  }

  async refresh(): Promise<void> {
    const now = performance.now();
    if (now - this.askedAt < FRESH_MS) return;
    this.askedAt = now;
    try {
      this.value.set(await this.load());
    } catch (error) {
      this.askedAt = Number.NEGATIVE_INFINITY;
      if (error instanceof ApiError && error.status === 404) this.value.set(OLDER_SERVER);
    }
  }
}
