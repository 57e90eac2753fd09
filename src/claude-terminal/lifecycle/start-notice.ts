import type { ClaudeNotice } from '@holdfast/protocol';
import type { ClaudeRecord } from '../records/claude-record';

/** What is said to whoever is there when a session gets a process. */
export function startNotice(
  { interrupted }: Pick<ClaudeRecord, 'interrupted'>,
  resume: boolean,
): ClaudeNotice | undefined {
  if (interrupted) {
    return {
      kind: 'interrupted',
      active: true,
      text: 'Claude was interrupted in the middle of its work. Continue, or leave it as it is.',
    };
  }
  // Said once; there is nothing to decide.
  return resume ? { kind: 'resumed', active: false, text: 'The conversation goes on where it was.' } : undefined;
}
