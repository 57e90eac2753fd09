import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './client/messages';
import { sum, type Measured } from './result';
import type { Rig } from './rig';
import type { RowContext } from './row';
import { Turns } from './turns';

/** Undisturbed before each fault. */
export const CALM_MS = 500;
/** After it was repaired: late consequences belong to the fault, too. */
const AFTERMATH_MS = 300;
/** Faults fall at any moment of whatever happens periodically. */
const JITTER_MS = 200;

/** What is hurt, and whoever feels it. A row adds what its fault needs. */
export interface Lane {
  readonly rig: Rig;
}

export interface FaultPlan<L extends Lane> {
  /** Lanes that are hurt side by side, each by its own faults. */
  readonly lanes: number;
  /** Whatever it starts is held by the context. */
  start(context: RowContext): Promise<L>;
  /** Waits until everything is there that the fault needs. */
  ready?(lane: L): Promise<void>;
  /** Waits for what only times need; left out in the short form. */
  calm?(lane: L): Promise<void>;
  /** Inflicts the fault; returns when whatever has to be replaced was replaced. */
  inflict(lane: L, run: number, context: RowContext): Promise<void>;
}

/** One lane's part of it. */
interface Work {
  readonly share: number;
  readonly turns: Turns;
  readonly progress: () => void;
}

/** Inflicts the same fault again and again under load, and compares both streams in the end. */
export async function inflictFaults<L extends Lane>(context: RowContext, plan: FaultPlan<L>): Promise<Measured> {
  const lanes = Math.min(context.short ? 1 : plan.lanes, context.runs);
  const shares = Array.from({ length: lanes }, (_, lane) => Math.floor((context.runs + lane) / lanes));
  let done = 0;
  const progress = (): void => context.say(`${++done}/${context.runs}`);
  const turns = new Turns();
  const parts: Promise<Measured>[] = [];
  for (const share of shares) {
    // One after another: servers that all start at once keep each other from it.
    const lane = await plan.start(context);
    parts.push(runLane(context, plan, lane, { share, turns, progress }));
  }
  return sum(await Promise.all(parts));
}

async function runLane<L extends Lane>(
  context: RowContext,
  plan: FaultPlan<L>,
  lane: L,
  { share, turns, progress }: Work,
): Promise<Measured> {
  const pausesMs: number[] = [];
  const problems: string[] = [];
  for (let run = 0; run < share && problems.length === 0; run++) {
    try {
      pausesMs.push(await runOnce(context, plan, lane, run, turns));
    } catch (error) {
      problems.push((error as Error).message);
    }
    progress();
  }
  const verdict = await lane.rig.verify();
  return sum([verdict, { runs: pausesMs.length, pausesMs, problems }]);
}

/** Lanes get ready side by side and are hurt one at a time: a measured pause is not that of two faults. */
async function runOnce<L extends Lane>(
  context: RowContext,
  plan: FaultPlan<L>,
  lane: L,
  run: number,
  turns: Turns,
): Promise<number> {
  await plan.ready?.(lane);
  if (!context.short) await plan.calm?.(lane);
  return turns.take(async () => {
    if (!context.short) await sleep(CALM_MS + Math.random() * JITTER_MS);
    const from = monotonicMs();
    await plan.inflict(lane, run, context);
    await lane.rig.serves();
    if (!context.short) await sleep(AFTERMATH_MS);
    const pauseMs = await lane.rig.pauseSince(from);
    // What has to be started again is, before the next lane is hurt.
    await plan.ready?.(lane);
    return pauseMs;
  });
}
