import type { ClaudeAttention, ClaudeState } from '@holdfast/protocol';
import { Observable } from '../observable';

/** A user with more Claude sessions than this has the states of the newest ones. */
const MAX_SESSIONS = 500;

/** The states of all Claude sessions of the user, attached or not. */
export class AttentionList {
  readonly sessions = new Observable<ReadonlyMap<string, ClaudeAttention>>(new Map());
  /** Sessions that were told of while a list was on its way: the list is older. */
  private told: Set<string> | undefined;

  constructor(private readonly load: () => Promise<readonly ClaudeAttention[]>) {}

  /** Those that wait for the user, the longest waiting first. */
  get needsMe(): readonly ClaudeAttention[] {
    return [...this.sessions.value.values()]
      .filter(({ needsMe }) => needsMe)
      .sort((one, other) => one.since - other.since);
  }

  stateOf(sessionId: string): ClaudeState | undefined {
    return this.sessions.value.get(sessionId);
  }

  take(attention: ClaudeAttention): void {
    this.told?.add(attention.sessionId);
    const sessions = new Map(this.sessions.value);
    sessions.delete(attention.sessionId);
    sessions.set(attention.sessionId, attention);
    this.set(sessions);
  }

  /** Asks for all of them: at the start, and whenever something may have been missed. */
  async refresh(): Promise<void> {
    const told = (this.told = new Set<string>());
    let items: readonly ClaudeAttention[];
    try {
      items = await this.load();
    } catch {
      // The next connection asks again; events come meanwhile.
      return;
    }
    if (this.told !== told) return;
    this.told = undefined;
    const kept = [...this.sessions.value].filter(([id]) => told.has(id));
    this.set(new Map([...items.map((item) => [item.sessionId, item] as const), ...kept]));
  }

  private set(sessions: ReadonlyMap<string, ClaudeAttention>): void {
    this.sessions.set(sessions.size > MAX_SESSIONS ? new Map([...sessions].slice(-MAX_SESSIONS)) : sessions);
  }
}
