import { HoldfastError } from './holdfast-error';

/** A session that a link opened: what `Client.open` needs, and until when it may be watched. */
export interface SharedSession {
  readonly sessionId: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly access: 'view' | 'request-write' | 'watch';
  readonly expiresAt: string;
}

/** Opens a link for the user of `accessToken`. `server`: its `http://` or `https://` address. */
export async function redeemShare(server: string, accessToken: string, shareToken: string): Promise<SharedSession> {
  const response = await fetch(new URL('/api/shares/redeem', server), {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ token: shareToken }),
  });
  const answer = (await response.json()) as SharedSession & { readonly code: string; readonly message: string };
  if (!response.ok) throw new HoldfastError(answer.code, answer.message, response.status >= 500);
  return answer;
}
