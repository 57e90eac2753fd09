import type { RequestHandler } from 'express';
import helmet from 'helmet';

const SELF = `'self'`;
const NONE = `'none'`;

/** The console: our scripts, xterm's WebAssembly and inline styles, sockets. */
const CONSOLE_POLICY = {
  'default-src': [SELF],
  'script-src': [SELF, `'wasm-unsafe-eval'`],
  'style-src': [SELF, `'unsafe-inline'`],
  'connect-src': [SELF, 'ws:', 'wss:'],
  'img-src': [SELF, 'data:'],
  'font-src': [SELF],
  'object-src': [NONE],
  'base-uri': [NONE],
  'frame-ancestors': [NONE],
};

/** The OpenAPI pages start themselves with an inline script. */
const DOCS_POLICY = { ...CONSOLE_POLICY, 'script-src': [SELF, `'unsafe-inline'`] };

const DOCS_PATH = /^\/docs(\/|$)/;

export function securityHeaders(): RequestHandler {
  const forConsole = helmetWith(CONSOLE_POLICY);
  const forDocs = helmetWith(DOCS_POLICY);
  return (request, response, next) => {
    const set = DOCS_PATH.test(request.path) ? forDocs : forConsole;
    set(request, response, () => {
      // RFC 6797: not over a plain connection, where anybody could have put it. `secure` knows the trusted proxy.
      if (!request.secure) response.removeHeader('Strict-Transport-Security');
      next();
    });
  };
}

function helmetWith(directives: Record<string, string[]>) {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    // Whoever puts TLS in front decides about the other names of the domain.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  });
}
