/** Replaces the gateways of DATA_DIR by the installed build, without refusing a connection. `npm run restart` */
import { loadConfig } from '../config/environment';
import { processEnvironment } from '../config/process-environment';
import { roll, type Roll } from './tools/roll';

async function main(): Promise<void> {
  const result = await roll(loadConfig(processEnvironment()).dataDir);
  printTable(result);
  const { state, reason } = result.after.roll;
  if (state === 'failed') throw new Error(`A new gateway did not become ready, so the old ones go on: ${reason}`);
}

function printTable({ before, after }: Roll): void {
  const rows = [
    ...before.gateways.filter(({ pid }) => !after.gateways.some((gateway) => gateway.pid === pid)),
    ...after.gateways,
  ];
  console.log(`${'gateway'.padEnd(10)}${'generation'.padEnd(12)}state`);
  for (const { pid, generation, state } of rows) {
    const now = after.gateways.some((gateway) => gateway.pid === pid) ? state : 'replaced';
    console.log(`${String(pid).padEnd(10)}${String(generation).padEnd(12)}${now}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
