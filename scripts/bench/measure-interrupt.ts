import { setTimeout as sleep } from 'node:timers/promises';
import type { Measure } from './measure';
import { Shell } from './shell';
import { median } from './statistics';
import { PROMPT } from './workload';

/** What an emulator in a browser parses. */
const READER_BYTES_PER_SECOND = 10e6;
const FLOOD_PROGRAM = "yes 'the quick brown fox jumps over the lazy dog, again and again and again'";
/** By then every buffer on the way is as full as it gets. */
const FLOOD_LEAD_MS = 700;

/** Ctrl-C in a flood: from the key until the slow reader has parsed the prompt behind everything that was on the way. */
export const interrupt: Measure = {
  name: 'interrupt',
  rows: [{ id: 'interrupt', title: 'Ctrl-C in a flood, 10 MB/s reader', unit: 'ms', digits: 1 }],
  sample: async ({ target, effort }) => {
    const shell = await Shell.open(target);
    shell.limitRate(READER_BYTES_PER_SECOND);
    const times: number[] = [];
    for (let left = effort.interrupts; left > 0; left--) {
      shell.type(`${FLOOD_PROGRAM}\r`);
      await sleep(FLOOD_LEAD_MS);
      const typedAt = performance.now();
      const prompt = shell.until(PROMPT);
      shell.type('\x03');
      await prompt;
      times.push(performance.now() - typedAt);
    }
    await shell.end();
    return { interrupt: median(times) };
  },
};
