import type { Measure } from './measure';
import { cpuSeconds } from './processes';
import { Shell } from './shell';
import type { DataFile } from './workload';

const MEGABYTE = 1e6;

/** `cat` of a large file, from Enter to the next prompt; and what it cost the server's processes. */
export const throughput: Measure = {
  name: 'throughput',
  rows: [
    { id: 'ascii', title: 'throughput, ASCII', unit: 'MB/s', digits: 1 },
    { id: 'colour', title: 'throughput, colours and UTF-8', unit: 'MB/s', digits: 1 },
    { id: 'cpu', title: 'server CPU per 100 MB', unit: 's', digits: 2 },
  ],
  sample: async ({ target, workload }) => {
    const shell = await Shell.open(target);
    const rate = async (file: DataFile): Promise<number> => {
      const startedAt = performance.now();
      await shell.run(`cat ${file.path}`);
      return file.outputBytes / MEGABYTE / ((performance.now() - startedAt) / 1000);
    };
    const pids = target.pids();
    const before = cpuSeconds(pids);
    const ascii = await rate(workload.ascii);
    const colour = await rate(workload.colour);
    const used = cpuSeconds(pids) - before;
    await shell.end();
    const megabytes = (workload.ascii.outputBytes + workload.colour.outputBytes) / MEGABYTE;
    return { ascii, colour, cpu: (used / megabytes) * 100 };
  },
};
