import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import { gateRequests, MAX_HEADERS } from './request-gate';
import type { ServerCertificate } from './server-certificate';

/** Against clients that send slowly, or never finish. */
const SERVER_OPTIONS: http.ServerOptions = {
  maxHeaderSize: 8192,
  // Counts from the moment of the connection: also for those who say nothing at all.
  headersTimeout: 4000,
  requestTimeout: 30_000,
  // The default of 30 s would be how long the two timeouts above are not looked at.
  connectionsCheckingInterval: 500,
  keepAliveTimeout: 5000,
};
/** A client that does not finish the TLS handshake by then. */
const HANDSHAKE_TIMEOUT_MS = 4000;
/** A connection on which nothing moves, as that of a download nobody reads. The longest request takes seconds. */
const IDLE_TIMEOUT_MS = 60_000;
/** Then the answer says `Connection: close`, and a load balancer finds the connection its place anew. */
const MAX_REQUESTS_PER_CONNECTION = 1000;

/** Makes the server of a port: all of them have the same limits, and speak TLS when there is a certificate. */
export type CreateWebServer = (onRequest: RequestListener) => http.Server;

/** Every port of a gateway process is served by one of these: the limits of what has not proved anything yet are here. */
export function webServers(certificate: ServerCertificate | undefined): CreateWebServer {
  return (onRequest) => {
    const server = listener(gateRequests(onRequest), certificate);
    // Node drops those beyond without a word: one more tells that there were too many.
    server.maxHeadersCount = MAX_HEADERS + 1;
    server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
    server.timeout = IDLE_TIMEOUT_MS;
    return server;
  };
}

function listener(onRequest: RequestListener, certificate: ServerCertificate | undefined): http.Server {
  if (!certificate) return http.createServer(SERVER_OPTIONS, onRequest);
  const options = { ...SERVER_OPTIONS, ...certificate.options, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  const server = https.createServer(options, onRequest);
  certificate.follow(server);
  return server;
}
