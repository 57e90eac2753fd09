import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** They belong to one connection (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/**
 * Ours, or made anew: the session's token never leaves this machine, and what a session may claim about where it comes from is
 * nobody's business. Answers have to be readable, so that tokens can be counted.
 */
const NOT_UPSTREAM = new Set([
  ...HOP_BY_HOP,
  'accept-encoding',
  'authorization',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'origin',
  'referer',
  'via',
  'x-api-key',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
]);
/** Which organization pays is nobody's business in a session. */
const NOT_DOWNSTREAM = new Set([...HOP_BY_HOP, 'set-cookie', 'alt-svc', 'anthropic-organization-id']);

export function toUpstream(headers: IncomingHttpHeaders, key: string, body: Buffer): OutgoingHttpHeaders {
  return {
    ...without(headers, NOT_UPSTREAM),
    'accept-encoding': 'identity',
    'x-api-key': key,
    ...(body.length > 0 && { 'content-length': body.length }),
  };
}

export function toClient(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return without(headers, NOT_DOWNSTREAM);
}

function without(headers: IncomingHttpHeaders, dropped: ReadonlySet<string>): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const isKept = ([name]: [string, unknown]): boolean => !dropped.has(name) && !named.includes(name);
  return Object.fromEntries(Object.entries(headers).filter(isKept));
}
