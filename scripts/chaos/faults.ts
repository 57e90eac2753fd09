import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './client/messages';
import { sum, type Measured } from './result';
import { Rig, type RigOptions } from './rig';
import type { RowContext } from './row';

/** Undisturbed before each fault: what the usual distance between deliveries is taken from. */
const CALM_MS = 1_000;
/** After it was repaired: late consequences belong to the fault, too. */
const AFTERMATH_MS = 300;
/** Faults fall at any moment of whatever happens periodically. */
const JITTER_MS = 200;

export interface FaultPlan {
  readonly rig: RigOptions;
  /** Servers that are hurt side by side. */
  readonly lanes: number;
  /** Waits until everything is as it should be before the next fault. */
  before?(rig: Rig): Promise<void>;
  /** Inflicts the fault; returns when whatever has to be replaced was replaced. */
  inflict(rig: Rig, run: number): Promise<void>;
}

/** Inflicts the same fault again and again under load, and compares both streams in the end. */
export async function inflictFaults(context: RowContext, plan: FaultPlan): Promise<Measured> {
  const lanes = Math.min(context.short ? 1 : plan.lanes, context.runs);
  const shares = Array.from({ length: lanes }, (_, lane) => Math.floor((context.runs + lane) / lanes));
  let done = 0;
  const progress = (): void => context.say(`${++done}/${context.runs}`);
  return sum(await Promise.all(shares.map((share) => runLane(context, plan, share, progress))));
}

async function runLane(context: RowContext, plan: FaultPlan, share: number, progress: () => void): Promise<Measured> {
  const rig = await context.hold(Rig.start(plan.rig));
  const pausesMs: number[] = [];
  const problems: string[] = [];
  for (let run = 0; run < share && problems.length === 0; run++) {
    try {
      pausesMs.push(await runOnce(context, plan, rig, run));
    } catch (error) {
      problems.push((error as Error).message);
    }
    progress();
  }
  const verdict = await rig.verify();
  await rig.stop();
  return sum([verdict, { runs: pausesMs.length, pausesMs, problems }]);
}

async function runOnce({ short }: RowContext, plan: FaultPlan, rig: Rig, run: number): Promise<number> {
  if (!short) {
    await plan.before?.(rig);
    await sleep(CALM_MS + Math.random() * JITTER_MS);
  }
  const from = monotonicMs();
  await plan.inflict(rig, run);
  await rig.serves();
  if (!short) await sleep(AFTERMATH_MS);
  return rig.pauseSince(from);
}
