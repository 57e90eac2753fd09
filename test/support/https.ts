import https from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { TLSSocket } from 'node:tls';

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of the certificate the server showed. */
  readonly fingerprint: string;
}

export interface HttpsRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One request on a connection of its own, trusting exactly this authority; `fetch` cannot be told to. */
export function httpsRequest(
  url: string,
  ca: string,
  { method = 'GET', headers, body }: HttpsRequest = {},
): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const request = https.request(
      url,
      {
        ca,
        method,
        agent: false,
        headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      },
      (response) => {
        // Before the end: the socket may be gone then.
        const fingerprint = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, fingerprint }),
        );
      },
    );
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, headers: response.headers, text: '', fingerprint: '' });
    });
    request.on('error', reject);
    request.end(json);
  });
}
