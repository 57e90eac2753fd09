import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import path from 'node:path';
import type { Config } from '../../config/environment';
import { storedSecret } from '../infrastructure/stored-secret';

const KEY_BYTES = 32;

/** Keys for two purposes from the one secret, so that what is signed with one means nothing to the other. */
export interface AuthKeys {
  /** A KeyObject: as a string the same secret makes each verification twenty times slower. */
  readonly accessTokens: KeyObject;
  readonly refreshTokens: KeyObject;
}

/** Injection token of {@link AuthKeys}. */
export const AUTH_KEYS = Symbol('AUTH_KEYS');

/** Whoever deletes the generated file ends every login. */
export function loadAuthKeys(config: Config): AuthKeys {
  const secret = config.auth.jwtSecret ?? storedSecret(path.join(config.dataDir, 'secrets', 'jwt'));
  return {
    accessTokens: createSecretKey(Buffer.from(secret)),
    refreshTokens: createSecretKey(
      Buffer.from(hkdfSync('sha256', secret, '', 'holdfast refresh token succession', KEY_BYTES)),
    ),
  };
}
