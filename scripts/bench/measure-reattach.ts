import type { Measure, Sample } from './measure';
import { Shell } from './shell';
import type { View } from './targets/target';

const VIEWS: Readonly<Record<View, string>> = {
  everything: 'every byte',
  screen: 'the screen',
};

/** Coming back to a terminal with history, from dialling: every byte again, or the screen drawn by an emulator. */
export function reattach(historyMegabytes: readonly number[]): Measure {
  const cases = historyMegabytes.flatMap((megabytes) =>
    (Object.keys(VIEWS) as View[]).map((view) => ({ view, megabytes, id: `reattach-${view}-${megabytes}` })),
  );
  return {
    name: 'reattach',
    rows: cases.map(({ id, view, megabytes }) => ({
      id,
      title: `back to ${VIEWS[view]}, ${megabytes} MB of history`,
      unit: 'ms',
      digits: 1,
    })),
    sample: async ({ target, workload }) => {
      const sample: Record<string, number> = {};
      const { persistence } = target;
      for (const { id, view, megabytes } of cases) {
        if (!persistence?.views.includes(view)) continue;
        // A new one each time: a server may remember the screen of one that was looked at before.
        const shell = await Shell.open(target);
        await shell.run(`head -c ${megabytes}000000 ${workload.ascii.path}; echo`);
        await persistence.leave(shell.attached);
        const startedAt = performance.now();
        const back = await persistence.comeBack(shell.attached, view);
        sample[id] = performance.now() - startedAt;
        await back.end();
      }
      return sample satisfies Sample;
    },
  };
}
