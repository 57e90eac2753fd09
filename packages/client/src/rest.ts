import { HoldfastError } from './holdfast-error';

export interface RestRequest {
  /** `http://` or `https://` address of the server. */
  readonly server: string;
  readonly accessToken: string;
  /** From the root, with its query. */
  readonly path: string;
  /** Present: a POST. */
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** Resolves with an answer that is no refusal. Rejects with a {@link HoldfastError}, or with the reason of `signal`. */
export async function rest({ server, accessToken, path, body, signal }: RestRequest): Promise<Response> {
  const response = await fetch(new URL(path, server), {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${accessToken}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal,
    credentials: 'omit',
    cache: 'no-store',
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new HoldfastError('unreachable', 'The server cannot be reached.', true);
  });
  if (response.ok) return response;
  // A proxy in between has no words of ours.
  const { code, message } = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  const { status } = response;
  throw new HoldfastError(code ?? `http_${status}`, message ?? `The server answered ${status}.`, status >= 500);
}
