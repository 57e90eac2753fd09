import type { IncomingMessage } from 'node:http';
import type { Config } from '../../../config/environment';

export type Scheme = 'http' | 'https';

/** What the server itself speaks. */
export function schemeOf({ tls }: Config): Scheme {
  return tls ? 'https' : 'http';
}

/**
 * How the client may have come: as the server speaks, or as the trusted proxy in front says. Without either – TLS may have ended at a
 * proxy nobody told us about – both.
 */
export function possibleSchemes({ headers }: Pick<IncomingMessage, 'headers'>, config: Config): readonly Scheme[] {
  if (config.tls) return ['https'];
  const forwarded = config.access.proxyHops > 0 ? headers['x-forwarded-proto'] : undefined;
  return forwarded === 'https' || forwarded === 'http' ? [forwarded] : ['http', 'https'];
}
