import { ApiError, ServerUnreachable } from './errors';

/** A server that accepts the connection and then says nothing is as good as away. */
const TIMEOUT_MS = 15_000;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
}

/** One JSON request. Every failure is an `ApiError` or `ServerUnreachable`. */
export async function http<T>({ method, path, body, token }: HttpRequest): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      credentials: 'omit',
      cache: 'no-store',
    });
    text = await response.text();
  } catch {
    throw new ServerUnreachable();
  }
  const json = parse(text);
  if (response.ok) return json as T;
  throw failure(response.status, json);
}

function failure(status: number, json: unknown): Error {
  const error = (json ?? {}) as { code?: string; message?: string | string[]; requestId?: string };
  const said = Array.isArray(error.message) ? error.message.join(' ') : error.message;
  if (status === 502 || status === 504) return new ServerUnreachable();
  return new ApiError(
    status,
    error.code ?? `http_${status}`,
    said || `The server answered ${status}.`,
    error.requestId,
  );
}

function parse(text: string): unknown {
  try {
    return text ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}
