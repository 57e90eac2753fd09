import { setTimeout as sleep } from 'node:timers/promises';
import type { Measure } from './measure';
import { memoryKib } from './processes';
import { Shell } from './shell';
import type { RunningTarget } from './targets/target';

/** Opened and ended before the memory without sessions is read: code that is loaded late is not a cost of a session. */
const WARM_UP_SESSIONS = 20;
/** V8 gives up code that was not used for several collections: all that starting needed, and it is a lot. */
const COLLECTIONS = 10;
/** Terminals that are being opened at a time: a busy minute, not an attack. */
const OPENING_AT_ONCE = 20;

/** Many idle terminals, each on a connection of its own: how long they take to open, and what one costs in memory. */
export function sessions(count: number): Measure {
  const row = (id: string, title: string, unit: string) => ({ id: `${id}-${count}`, title, unit, digits: 0 });
  return {
    name: 'sessions',
    fresh: true,
    rows: [
      row('open', `${count} new terminals, ${OPENING_AT_ONCE} at a time`, 'ms'),
      row('attached', `memory of an idle session, ${count} attached`, 'KiB'),
      row('detached', `memory of an idle session, ${count} detached`, 'KiB'),
    ],
    sample: async ({ target, effort }) => {
      await Promise.all((await openMany(target, WARM_UP_SESSIONS)).map((shell) => shell.end()));
      const settledMemory = async (): Promise<number> => {
        for (let left = COLLECTIONS; left > 0; left--) {
          target.collectGarbage?.();
          await sleep(effort.settleMs / COLLECTIONS);
        }
        return memoryKib(target.terminalPids());
      };
      const without = await settledMemory();
      const startedAt = performance.now();
      const shells = await openMany(target, count);
      const sample: Record<string, number> = { [`open-${count}`]: performance.now() - startedAt };
      sample[`attached-${count}`] = ((await settledMemory()) - without) / count;
      const { persistence } = target;
      if (persistence) {
        await Promise.all(shells.map((shell) => persistence.leave(shell.attached)));
        sample[`detached-${count}`] = ((await settledMemory()) - without) / count;
      }
      return sample;
    },
  };
}

async function openMany(target: RunningTarget, count: number): Promise<Shell[]> {
  const shells: Shell[] = [];
  let left = count;
  const openOneByOne = async (): Promise<void> => {
    while (left-- > 0) shells.push(await Shell.open(target));
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, openOneByOne));
  return shells;
}
