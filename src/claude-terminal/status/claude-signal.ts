import type { ClaudeDecision, EndReason, Person } from '@holdfast/protocol';
import type { PendingPermission } from '../records/claude-record';
import type { ClaudeHook } from './claude-hook';

/** One thing that was learned about a Claude session. Times are Unix milliseconds. */
export type ClaudeSignal =
  /** A process is about to be started for it. */
  | { readonly kind: 'launch'; readonly conversation: { readonly id: string; readonly seen: boolean } }
  | { readonly kind: 'hook'; readonly hook: ClaudeHook }
  | { readonly kind: 'asked'; readonly permission: PendingPermission }
  /** The CLI does not wait for our answer any more: it has another one. */
  | { readonly kind: 'withdrawn'; readonly permissionId: string }
  /** Nobody can pass an answer on to the CLI any more, except for what `except` names. */
  | { readonly kind: 'orphaned'; readonly except: ReadonlySet<string> }
  | {
      readonly kind: 'answered';
      readonly permissionId: string;
      readonly decision: ClaudeDecision;
      readonly by: Person;
    }
  | { readonly kind: 'rate-limited' | 'api-down'; readonly until?: number }
  /** The API answers again. */
  | { readonly kind: 'api-up' }
  /** What the CLI's own file says; `at`: when it was written. */
  | { readonly kind: 'file'; readonly status: 'idle' | 'busy' | 'waiting'; readonly at: number }
  /** Looked for, and there is none. */
  | { readonly kind: 'no-file' }
  | { readonly kind: 'title'; readonly glyph: 'working' | 'idle' }
  /** Its conversation has another id now. */
  | { readonly kind: 'conversation'; readonly id: string }
  | { readonly kind: 'exit'; readonly reason: EndReason | 'hibernated'; readonly exitCode: number | null };

/** Something that is not asked any more. */
export interface SettledPermission {
  readonly permissionId: string;
  /** Absent: answered in the terminal, or given up. */
  readonly decision?: ClaudeDecision;
  readonly by?: Person;
}
