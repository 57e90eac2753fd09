import type { ClaudeEvents } from '@holdfast/client';
import type { ClaudePermission } from '@holdfast/protocol';
import { visible } from './visible-text';

export type Settled = ClaudeEvents['settled'];

const ASKS: ReadonlyMap<string, string> = new Map([
  ['Bash', 'Run this command?'],
  ['Edit', 'Change this file?'],
  ['MultiEdit', 'Change this file?'],
  ['NotebookEdit', 'Change this notebook?'],
  ['Write', 'Write this file?'],
  ['Read', 'Read this file?'],
  ['WebFetch', 'Fetch from this address?'],
  ['WebSearch', 'Search the web?'],
  ['ExitPlanMode', 'Go on with this plan?'],
]);
const MCP = /^mcp__(.+?)__(.+)$/;
const MAX_TOOL = 60;

/** "Run this command?" */
export function askOf({ kind, tool }: Pick<ClaudePermission, 'kind' | 'tool'>): string {
  if (kind === 'question') return 'Claude asks';
  const known = ASKS.get(tool);
  if (known) return known;
  const [, server, name] = MCP.exec(tool) ?? [];
  const called = server && name ? `${name} of ${server}` : tool;
  return `Use ${visible(called).slice(0, MAX_TOOL)}?`;
}

/** Who answered, as far as this user did not do it alone. `tried`: this user had answered, too. */
export function feedbackOf({ decision, by }: Settled, userId: string, tried: boolean): string {
  const done = decision === 'allow' ? 'allowed' : decision === 'deny' ? 'denied' : 'answered';
  if (by?.id === userId) return `You ${done} it.`;
  if (by) return tried ? `${by.email} was faster, and ${done} it.` : `${by.email} ${done} it.`;
  return tried ? `It was ${done} in the terminal first.` : `It was ${done} in the terminal.`;
}

/** Why this user cannot answer from the card; `undefined` when they can. */
export function obstacleOf({ answerable }: ClaudePermission, mayAnswer: boolean): string | undefined {
  if (!answerable) return 'Answer this in the terminal: the connection on which it was asked is gone.';
  return mayAnswer ? undefined : 'Only those who may type here can answer.';
}
