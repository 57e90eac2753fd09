import type { Config } from '../config/environment';
import type { Places } from './bootstrap';

/** The configured addresses, for a process that binds them itself. */
export function ownPlaces({ host, ports }: Config): Places {
  return {
    http: { host, port: ports.http },
    terminal: { host, port: ports.terminal },
    claude: { host, port: ports.claude },
  };
}
