import type { ClaudeAttention, ClaudePermission, ClaudePermissionAnswer } from '@holdfast/protocol';
import { rest } from './rest';

/** One of the caller's Claude sessions, opened or not. */
export interface ClaudeSession extends ClaudeAttention {
  /** What it asks. Absent: the session is on another node, and is answered from its terminal. */
  readonly permissions?: readonly ClaudePermission[];
}

/** The Claude sessions of the user of `accessToken`, those that wait for them first. `server`: its `http://` or `https://` address. */
export async function listClaudeSessions(
  server: string,
  accessToken: string,
  { needsMe }: { readonly needsMe?: boolean } = {},
): Promise<readonly ClaudeSession[]> {
  const query = needsMe === undefined ? '' : `?needsMe=${needsMe}`;
  const response = await rest({ server, accessToken, path: `/api/claude/sessions${query}` });
  return ((await response.json()) as { items: readonly ClaudeSession[] }).items;
}

/** Answers from anywhere what a Claude session asks. Rejects with `conflict` when somebody was first. */
export async function answerClaudePermission(
  server: string,
  accessToken: string,
  { permissionId, ...answer }: ClaudePermissionAnswer,
): Promise<void> {
  const path = `/api/claude/permissions/${encodeURIComponent(permissionId)}/answer`;
  await rest({ server, accessToken, path, body: answer });
}
