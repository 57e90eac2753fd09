import type { Departure } from '../terminal-connection/connections';
import type { GatewayProcess } from './gateway-process';
import type { Gateways } from './gateways';

/** A boot takes 1 to 3 s; migrations and a busy machine take their time on top. */
const BOOT_TIMEOUT_MS = 120_000;
const SERVE_TIMEOUT_MS = 10_000;

/**
 * Replaces every gateway by one of the installed build: a new one serves, then an old one is drained, one at a time. Rejects
 * when a new one does not become ready; the old ones that are left go on.
 */
export async function roll(gateways: Gateways, departure: Departure): Promise<void> {
  gateways.generation++;
  const isOld = ({ generation }: GatewayProcess): boolean => generation < gateways.generation;
  for (const old of gateways.all.filter((gateway) => isOld(gateway) && gateway.isServing)) {
    const fresh = gateways.launch();
    try {
      await fresh.until('warm', BOOT_TIMEOUT_MS);
      fresh.serve();
      await fresh.until('serving', SERVE_TIMEOUT_MS);
    } catch (error) {
      fresh.kill();
      throw error;
    }
    await gateways.retire(old, departure);
  }
  // Spares, and who was not there yet: new ones of the new generation follow by themselves.
  await Promise.all(gateways.all.filter(isOld).map((old) => gateways.retire(old, departure)));
}
