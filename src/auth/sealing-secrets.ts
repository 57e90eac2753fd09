import path from 'node:path';
import type { Config } from '../../config/environment';
import { StartupError } from '../infrastructure/startup-error';
import { storedSecret } from '../infrastructure/stored-secret';

/** SECRETS_KEY, else the lines of DATA_DIR/secrets/sealing, generated at the first start. The first one seals. */
export function loadSealingSecrets(config: Config): readonly [string, ...string[]] {
  const secrets = config.auth.secretsKeys ?? storedSecret(path.join(config.dataDir, 'secrets', 'sealing')).split(/\s+/);
  const [first, ...earlier] = secrets.filter((secret) => secret !== '');
  if (first === undefined) throw new StartupError('DATA_DIR/secrets/sealing is empty; restore it, or set SECRETS_KEY.');
  return [first, ...earlier];
}
