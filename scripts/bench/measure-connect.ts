import { setTimeout as sleep } from 'node:timers/promises';
import type { Measure } from './measure';
import { Shell } from './shell';
import { median } from './statistics';

/** A server may look after what an ended terminal left behind for a while; that is not part of the next measurement. */
const AFTERMATH_MS = 1_000;

/** From dialling to the first prompt of a new terminal; the login was before. The terminals stay until all were opened. */
export const connect: Measure = {
  name: 'connect',
  rows: [{ id: 'connect', title: 'connect to first prompt', unit: 'ms', digits: 1 }],
  sample: async ({ target, effort }) => {
    const times: number[] = [];
    const shells: Shell[] = [];
    while (shells.length < effort.connects) {
      const startedAt = performance.now();
      shells.push(await Shell.open(target));
      times.push(performance.now() - startedAt);
    }
    await Promise.all(shells.map((shell) => shell.end()));
    await sleep(AFTERMATH_MS);
    return { connect: median(times) };
  },
};
