import { rest } from './rest';

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
  const response = await rest({ server, accessToken, path: '/api/shares/redeem', body: { token: shareToken } });
  return (await response.json()) as SharedSession;
}
