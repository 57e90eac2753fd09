import { lookup } from 'node:dns/promises';
import type { Config } from '../../config/environment';
import type { Ports } from '../endpoints';
import { listenError } from '../infrastructure/http/listen-error';
import { type BoundSocket, closeDescriptor, listenTcp } from './native';

/** Connections that wait for a gateway to accept them; the kernel caps it at `net.core.somaxconn`. */
const BACKLOG = 4096;

const VARIABLES = [
  ['http', 'PORT'],
  ['terminal', 'WS_TERMINAL_PORT'],
  ['claude', 'WS_CLAUDE_PORT'],
] as const;

/** The three listening sockets of an installation, open for as long as the supervisor lives; it accepts nothing itself. */
export type Listeners = Readonly<Record<keyof Ports, BoundSocket>>;

/** Binds all ports, or none and says in one sentence why. */
export async function openListeners({ host, ports }: Config): Promise<Listeners> {
  const open: Partial<Record<keyof Ports, BoundSocket>> = {};
  for (const [name, variable] of VARIABLES) {
    try {
      const { address } = await lookup(host);
      open[name] = listenTcp(address, ports[name], BACKLOG);
    } catch (error) {
      for (const { fd } of Object.values(open)) closeDescriptor(fd);
      throw listenError(error, variable, ports[name], host);
    }
  }
  return open as Listeners;
}

export function portsOf({ http, terminal, claude }: Listeners): Ports {
  return { http: http.port, terminal: terminal.port, claude: claude.port };
}
