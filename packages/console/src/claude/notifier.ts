import type { ClaudeAttention } from '@holdfast/protocol';
import { wordsOf } from './state-words';

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** Browsers show one notification for each; several windows of one browser give the same. */
  readonly tag: string;
}

export interface NotifierDeps {
  /** Shows it; what it returns takes it back. `undefined`: the browser would not. */
  readonly show: (notice: Notice, session: ClaudeAttention) => (() => void) | undefined;
  /** The user sees this session now. */
  readonly isLookedAt: (sessionId: string) => boolean;
  readonly nameOf: (session: ClaudeAttention) => string;
  /** What it wants to do may be shown where others can see it. */
  readonly withSummary: () => boolean;
  readonly enabled: () => boolean;
}

/** Longer ones are cut off by every system. */
const MAX_BODY = 180;

/** Tells of sessions that begin to need the user, once for each time, while they look elsewhere. */
export class Notifier {
  /** Since when each needs the user: what was told already, or was so before this page came. */
  private known: ReadonlyMap<string, number> | undefined;
  private readonly shown = new Map<string, () => void>();

  constructor(private readonly deps: NotifierDeps) {}

  take(waiting: readonly ClaudeAttention[]): void {
    const known = this.known;
    this.known = new Map(waiting.map(({ sessionId, since }) => [sessionId, since]));
    for (const [id, remove] of this.shown) {
      if (this.known.get(id) === known?.get(id)) continue;
      remove();
      this.shown.delete(id);
    }
    for (const session of waiting) {
      if (known && known.get(session.sessionId) !== session.since) this.tell(session);
    }
  }

  private tell(session: ClaudeAttention): void {
    const { sessionId, since, summary } = session;
    if (!this.deps.enabled() || this.deps.isLookedAt(sessionId)) return;
    const body = this.deps.withSummary() && summary ? summary.slice(0, MAX_BODY) : this.deps.nameOf(session);
    const notice = { title: `Claude: ${wordsOf(session).toLowerCase()}`, body, tag: `holdfast.${sessionId}.${since}` };
    const remove = this.deps.show(notice, session);
    if (remove) this.shown.set(sessionId, remove);
  }
}
