import { once } from 'node:events';
import net from 'node:net';
import { listenError } from './listen-error';

/**
 * Looks before anything is started: a start that cannot succeed leaves no database and no PTY host behind. `ports` are named
 * by their variables; 0 is always free.
 */
export async function assertPortsFree(host: string, ports: Readonly<Record<string, number>>): Promise<void> {
  const probes: net.Server[] = [];
  try {
    for (const [variable, port] of Object.entries(ports)) {
      if (port === 0) continue;
      const probe = net.createServer().listen(port, host);
      probes.push(probe);
      await once(probe, 'listening').catch((error: unknown) => {
        throw listenError(error, variable, port, host);
      });
    }
  } finally {
    // Open until the last one was tried, so that two variables with one port are noticed.
    await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  }
}
