import type { ClaudeSpender } from './claude-budgets';
import type { NanoDollars } from './claude-prices';
import { contextTokens, NO_TOKENS, type TokenUsage } from './token-usage';

/** A request that runs, or was cut off with its process. */
export interface Running {
  readonly id: string;
  /** Unix milliseconds. It belongs to this day, whenever it ends. */
  readonly at: number;
  readonly spender: ClaudeSpender;
  readonly model: string;
  readonly conversation: boolean;
  /** Held for it. */
  readonly nano: NanoDollars;
}

/** What changes money, one line of the journal each. */
export type SpendingEntry =
  | { readonly kind: 'reserved'; readonly running: Running }
  | { readonly kind: 'charged'; readonly id: string; readonly nano: NanoDollars; readonly usage: TokenUsage }
  | { readonly kind: 'released'; readonly id: string };

/** All of a session's requests so far. */
export interface SessionSpending {
  /** Of the conversation's last request, subagents and helpers apart. */
  readonly model: string;
  readonly contextTokens: number;
  readonly usage: TokenUsage;
  readonly nano: NanoDollars;
}

/** What is written down of it. */
export interface SpendingSnapshot {
  readonly day: string;
  readonly total: NanoDollars;
  readonly users: readonly (readonly [string, NanoDollars])[];
  readonly projects: readonly (readonly [string, NanoDollars])[];
  readonly sessions: readonly (readonly [string, SessionSpending])[];
  readonly running: readonly Running[];
}

/** Sessions whose totals are remembered, the latest: more than a machine runs. One takes about 300 bytes. */
const MAX_SESSIONS = 10_000;

export const NOTHING_SPENT: SpendingSnapshot = {
  day: '',
  total: 0,
  users: [],
  projects: [],
  sessions: [],
  running: [],
};

/** In UTC, as `2026-11-21`. */
export function dayOf(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 10);
}

/**
 * What was spent today on this machine, and what is held for requests that run. A pure state: the same entries make the same one, so
 * that the journal can be read again. It knows users and projects that had a request today, and no others.
 */
export class Spending {
  private day: string;
  private sum: NanoDollars;
  private readonly users: Map<string, NanoDollars>;
  private readonly projects: Map<string, NanoDollars>;
  private readonly sessions: Map<string, SessionSpending>;
  private readonly runningById: Map<string, Running>;

  constructor({ day, total, users, projects, sessions, running }: SpendingSnapshot = NOTHING_SPENT) {
    this.day = day;
    this.sum = total;
    this.users = new Map(users);
    this.projects = new Map(projects);
    this.sessions = new Map(sessions);
    this.runningById = new Map(running.map((one) => [one.id, one]));
  }

  /** A new day begins with nothing spent; what runs goes on, and is charged to the day it began. */
  enter(day: string): void {
    if (day <= this.day) return;
    this.day = day;
    this.sum = 0;
    this.users.clear();
    this.projects.clear();
  }

  apply(entry: SpendingEntry): void {
    switch (entry.kind) {
      case 'reserved':
        this.enter(dayOf(entry.running.at));
        this.runningById.set(entry.running.id, entry.running);
        return;
      case 'charged':
        return this.charge(entry);
      case 'released':
        this.runningById.delete(entry.id);
        return;
    }
  }

  get running(): readonly Running[] {
    return [...this.runningById.values()];
  }

  get runningCount(): number {
    return this.runningById.size;
  }

  isRunning(id: string): boolean {
    return this.runningById.has(id);
  }

  get total(): NanoDollars {
    return this.sum;
  }

  ofUser(userId: string): NanoDollars {
    return this.users.get(userId) ?? 0;
  }

  ofProject(projectId: string): NanoDollars {
    return this.projects.get(projectId) ?? 0;
  }

  /** Held by requests of today that fulfil the condition. */
  reserved(condition: (spender: ClaudeSpender) => boolean): NanoDollars {
    let sum = 0;
    for (const { at, spender, nano } of this.runningById.values()) {
      if (dayOf(at) === this.day && condition(spender)) sum += nano;
    }
    return sum;
  }

  ofSession(sessionKey: string): SessionSpending | undefined {
    return this.sessions.get(sessionKey);
  }

  snapshot(): SpendingSnapshot {
    const { day, sum, users, projects, sessions, running } = this;
    return { day, total: sum, users: [...users], projects: [...projects], sessions: [...sessions], running };
  }

  private charge({ id, nano, usage }: Extract<SpendingEntry, { kind: 'charged' }>): void {
    const running = this.runningById.get(id);
    if (!running) return;
    this.runningById.delete(id);
    const { at, spender } = running;
    if (dayOf(at) === this.day) {
      this.sum += nano;
      this.users.set(spender.userId, this.ofUser(spender.userId) + nano);
      this.projects.set(spender.projectId, this.ofProject(spender.projectId) + nano);
    }
    if (spender.purpose === 'session') this.addToSession(running, usage, nano);
  }

  private addToSession({ spender, model, conversation }: Running, usage: TokenUsage, nano: NanoDollars): void {
    const { sessionKey } = spender;
    const old = this.sessions.get(sessionKey) ?? { model, contextTokens: 0, usage: NO_TOKENS, nano: 0 };
    const context = contextTokens(usage);
    // The CLI's helpers (titles, topics) ask small things of another model.
    const isMain = conversation && context > 0 && (model === old.model || context >= old.contextTokens);
    this.sessions.delete(sessionKey);
    this.sessions.set(sessionKey, {
      model: isMain ? model : old.model,
      contextTokens: isMain ? context : old.contextTokens,
      usage: sumOf(old.usage, usage),
      nano: old.nano + nano,
    });
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= MAX_SESSIONS) break;
      this.sessions.delete(oldest);
    }
  }
}

function sumOf(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    cacheWriteHourTokens: a.cacheWriteHourTokens + b.cacheWriteHourTokens,
  };
}
