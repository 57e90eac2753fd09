import { setTimeout as sleep } from 'node:timers/promises';
import type { Measure } from './measure';
import { Shell } from './shell';
import { percentile } from './statistics';

/** A program that answers every key, as editors and shells do: the kernel's own echo would hide the way to the program. */
const ECHO_PROGRAM = 'stty raw -echo; echo rea""dy; exec cat';
const FLOOD_PROGRAM = "yes 'the quick brown fox jumps over the lazy dog, again and again and again'";
/** Between an echo and the next key: the processes go to sleep in between, as they do between people's keystrokes. */
const PAUSE_MS = 1;
/** None of them ends the escape sequences that a terminal in between (tmux) may send along. */
const KEYS = ['Q', 'W', 'Y', 'O'];
const WARM_UP_KEYS = 50;
const FLOOD_LEAD_MS = 200;

export const echo: Measure = {
  name: 'echo',
  rows: [
    { id: 'echo-p50', title: 'keystroke echo p50', unit: 'µs', digits: 0 },
    { id: 'echo-p99', title: 'keystroke echo p99', unit: 'µs', digits: 0 },
  ],
  sample: async ({ target, effort }) => {
    const shell = await Shell.open(target);
    const times = await echoTimes(shell, effort.keystrokes);
    await shell.end();
    return { 'echo-p50': percentile(times, 0.5), 'echo-p99': percentile(times, 0.99) };
  },
};

/** Beside a terminal that floods, on the same connection where the server can do that; its output is read and acknowledged. */
export const echoBesideFlood: Measure = {
  name: 'flood',
  rows: [
    { id: 'flood-p50', title: 'echo beside a flood p50', unit: 'µs', digits: 0 },
    { id: 'flood-p99', title: 'echo beside a flood p99', unit: 'µs', digits: 0 },
  ],
  sample: async ({ target, effort }) => {
    const shell = await Shell.open(target);
    const flooding = await Shell.open(target, shell);
    flooding.type(`${FLOOD_PROGRAM}\r`);
    await sleep(FLOOD_LEAD_MS);
    const times = await echoTimes(shell, effort.keystrokes);
    await flooding.end();
    await shell.end();
    return { 'flood-p50': percentile(times, 0.5), 'flood-p99': percentile(times, 0.99) };
  },
};

/** In microseconds. */
async function echoTimes(shell: Shell, keystrokes: number): Promise<number[]> {
  const ready = shell.until('ready');
  shell.type(`${ECHO_PROGRAM}\r`);
  await ready;
  const times: number[] = [];
  for (let count = -WARM_UP_KEYS; count < keystrokes; count++) {
    const key = KEYS[Math.abs(count) % KEYS.length] as string;
    const typedAt = performance.now();
    const echoed = shell.until(key);
    shell.type(key);
    await echoed;
    if (count >= 0) times.push((performance.now() - typedAt) * 1000);
    await sleep(PAUSE_MS);
  }
  return times;
}
