import type http from 'node:http';
import net, { type AddressInfo } from 'node:net';

/** Where a server listens: at an address it binds itself, or on a socket that the supervisor bound before. */
export type Place = { readonly host: string; readonly port: number } | { readonly fd: number };

/** Answers the port. Rejects with what the system said. */
export async function listenOn(server: http.Server, place: Place): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/**
 * New connections go to those who share the socket. `http.Server.close` would also cut idle connections at once, perhaps in the
 * moment in which their client sends the next request.
 */
export function stopAccepting(server: http.Server): void {
  if (server.listening) net.Server.prototype.close.call(server);
}
