import { plainTitle } from './claude/state-words';

/** Which program a session runs: a shell, or Claude Code. */
export type Gateway = 'terminal' | 'claude';

export interface Named {
  readonly name?: string | null;
  readonly title?: string | null;
  readonly gateway?: Gateway;
}

/** What a person calls this session. */
export function labelOf({ name, title, gateway }: Named): string {
  if (gateway === 'claude') return name || plainTitle(title ?? '') || 'Claude';
  return name || title || 'Terminal';
}

export function newLabelOf(gateway: Gateway): string {
  return gateway === 'claude' ? 'New Claude session' : 'New terminal';
}
