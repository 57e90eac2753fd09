import type { Measure } from './measure';
import { Shell } from './shell';
import { median } from './statistics';

/** From dialling to the first prompt of a new terminal; the login was before. */
export const connect: Measure = {
  name: 'connect',
  rows: [{ id: 'connect', title: 'connect to first prompt', unit: 'ms', digits: 1 }],
  sample: async ({ target, effort }) => {
    const times: number[] = [];
    for (let left = effort.connects; left > 0; left--) {
      const startedAt = performance.now();
      const shell = await Shell.open(target);
      times.push(performance.now() - startedAt);
      await shell.end();
    }
    return { connect: median(times) };
  },
};
