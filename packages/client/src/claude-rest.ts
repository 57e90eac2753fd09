import type { ClaudeAttention, ClaudePermission, ClaudePermissionAnswer } from '@holdfast/protocol';
import { HoldfastError } from './holdfast-error';

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
  const address = new URL('/api/claude/sessions', server);
  if (needsMe !== undefined) address.searchParams.set('needsMe', String(needsMe));
  return (await call<{ items: readonly ClaudeSession[] }>(address, accessToken)).items;
}

/** Answers from anywhere what a Claude session asks. Rejects with `conflict` when somebody was first. */
export async function answerClaudePermission(
  server: string,
  accessToken: string,
  { permissionId, ...answer }: ClaudePermissionAnswer,
): Promise<void> {
  const address = new URL(`/api/claude/permissions/${encodeURIComponent(permissionId)}/answer`, server);
  await call(address, accessToken, answer);
}

async function call<T>(address: URL, accessToken: string, body?: object): Promise<T> {
  const response = await fetch(address, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${accessToken}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as T & { readonly code: string; readonly message: string };
  if (!response.ok) throw new HoldfastError(answer.code, answer.message, response.status >= 500);
  return answer;
}
