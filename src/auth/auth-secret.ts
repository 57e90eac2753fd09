import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config/environment';
import { writeFileOnce } from '../infrastructure/data-directory';

const SECRET_BYTES = 48;
const KEY_BYTES = 32;

/** Keys for two purposes from the one secret, so that what is signed with one means nothing to the other. */
export interface AuthKeys {
  /** A KeyObject: as a string the same secret makes each verification twenty times slower. */
  readonly accessTokens: KeyObject;
  readonly refreshTokens: KeyObject;
}

/** Injection token of {@link AuthKeys}. */
export const AUTH_KEYS = Symbol('AUTH_KEYS');

export function loadAuthKeys(config: Config): AuthKeys {
  const secret = config.auth.jwtSecret ?? storedSecret(path.join(config.dataDir, 'secrets', 'jwt'));
  return {
    accessTokens: createSecretKey(Buffer.from(secret)),
    refreshTokens: createSecretKey(
      Buffer.from(hkdfSync('sha256', secret, '', 'holdfast refresh token succession', KEY_BYTES)),
    ),
  };
}

/** Generated at the first start; whoever deletes the file ends every login. */
function storedSecret(file: string): string {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (!fs.existsSync(file)) writeFileOnce(file, randomBytes(SECRET_BYTES).toString('base64url'));
  return fs.readFileSync(file, 'utf8');
}
