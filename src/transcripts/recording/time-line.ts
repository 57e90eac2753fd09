import type { TranscriptHost } from '../transcript-host';

/** Output that came at one time. */
export interface Run {
  readonly from: number;
  readonly to: number;
  /** Unix milliseconds; undefined: nobody noted it. */
  readonly ms: number | undefined;
}

/** Cuts a range of output into what came at once, in order; asks the host for as many marks as fit into an answer. */
export async function* runsOf(
  host: TranscriptHost,
  { key, epoch }: { readonly key: string; readonly epoch: string },
  from: number,
  to: number,
): AsyncGenerator<Run> {
  let start = from;
  let ms: number | undefined;
  for (let asked = from; asked < to;) {
    const { marks, isAll } = await host.times(key, epoch, asked, to);
    for (const [offset, unixMs] of marks) {
      if (offset > start) {
        yield { from: start, to: offset, ms };
        start = offset;
      }
      ms = unixMs;
    }
    // The next answer starts with the mark that governs the byte it is asked about.
    asked = isAll ? to : Math.max(asked, start) + 1;
  }
  if (start < to) yield { from: start, to, ms };
}
