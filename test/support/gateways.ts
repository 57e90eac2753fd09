import fs from 'node:fs';
import path from 'node:path';
import { eventually } from './eventually';
import { isAlive } from './pty-host';

interface State {
  readonly pid: number;
  readonly roll: { readonly number: number; readonly state: string; readonly reason?: string };
  readonly gateways: readonly { readonly pid: number; readonly generation: number; readonly state: string }[];
}

/** A boot takes 2 s of processor time, and a roll has two of them: on a busy machine that is a while. */
const ROLL_TIMEOUT_MS = 240_000;

/** The gateway processes of a supervised server, as `DATA_DIR/gateways.json` tells. */
export class TestGateways {
  constructor(
    private readonly dataDir: string,
    private readonly supervisorPid: number,
  ) {}

  get state(): State {
    const state = JSON.parse(fs.readFileSync(path.join(this.dataDir, 'gateways.json'), 'utf8')) as State;
    if (state.pid !== this.supervisorPid) throw new Error('the state is of an earlier supervisor');
    return state;
  }

  /** Pids of all of them, or of those in one state. */
  pids(state?: string): number[] {
    return this.state.gateways
      .filter((gateway) => state === undefined || gateway.state === state)
      .map(({ pid }) => pid);
  }

  /** Resolves when so many serve and, unless told otherwise, a spare is warm: the state of a server nothing happens to. */
  async settled({ serving = 1, spare = 1 } = {}): Promise<void> {
    await eventually(() => {
      const [servingNow, warmNow, all] = [this.pids('serving'), this.pids('warm'), this.pids()];
      const isSettled = servingNow.length === serving && warmNow.length === spare && all.length === serving + spare;
      if (!isSettled || !all.every(isAlive)) throw new Error(`not settled: ${JSON.stringify(this.state)}`);
    }, ROLL_TIMEOUT_MS);
  }

  /** Kills one that serves, and answers which. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): number {
    const pid = this.pids('serving').find(isAlive);
    if (pid === undefined) throw new Error('no gateway serves');
    process.kill(pid, signal);
    return pid;
  }

  /** A rolling restart; resolves when every old gateway has been replaced. */
  async roll(): Promise<void> {
    const { number } = this.state.roll;
    process.kill(this.supervisorPid, 'SIGHUP');
    await eventually(() => {
      const { roll } = this.state;
      if (roll.number <= number || roll.state === 'rolling') throw new Error('still rolling');
    }, ROLL_TIMEOUT_MS);
    const { state, reason } = this.state.roll;
    if (state !== 'done') throw new Error(`the roll ${state}: ${reason}`);
  }
}
