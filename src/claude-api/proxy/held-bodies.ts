/** What the API takes at most, and a little more: it says itself what is too long. */
export const MAX_BODY_BYTES = 33 * 1024 * 1024;
/** Bodies are in memory until their answer has ended. Of one user, and of all. */
const MAX_HELD_PER_USER = 128 * 1024 * 1024;
const MAX_HELD = 512 * 1024 * 1024;

/** How much of the requests that wait is in memory. */
export class HeldBodies {
  private readonly byUser = new Map<string, number>();
  private total = 0;

  hold(userId: string): HeldBody {
    return new HeldBody((bytes) => this.change(userId, bytes));
  }

  private change(userId: string, bytes: number): boolean {
    const own = (this.byUser.get(userId) ?? 0) + bytes;
    if (bytes > 0 && (own > MAX_HELD_PER_USER || this.total + bytes > MAX_HELD)) return false;
    this.total += bytes;
    if (own > 0) this.byUser.set(userId, own);
    else this.byUser.delete(userId);
    return true;
  }
}

/** The share of one request. */
export class HeldBody {
  private bytes = 0;

  constructor(private readonly change: (bytes: number) => boolean) {}

  /** False: there is no room for so much more. */
  grow(bytes: number): boolean {
    if (!this.change(bytes)) return false;
    this.bytes += bytes;
    return true;
  }

  release(): void {
    this.change(-this.bytes);
    this.bytes = 0;
  }
}
