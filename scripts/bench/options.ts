import { parseArgs } from 'node:util';

/** How much is measured. Every size is for one sample of one target. */
export interface Effort {
  /** Interleaved rounds over all targets; the table shows the medians over the rounds. */
  readonly runs: number;
  readonly connects: number;
  readonly keystrokes: number;
  readonly throughputBytes: number;
  /** Of the Claude API, through the server and directly. */
  readonly replies: number;
  readonly interrupts: number;
  readonly historyMegabytes: readonly number[];
  readonly sessionCounts: readonly number[];
  /** Before memory is read, while processes give back what they do not need. */
  readonly settleMs: number;
}

export interface Options {
  readonly effort: Effort;
  /** Names of measures; empty: all. */
  readonly only: readonly string[];
  readonly jsonFile: string | undefined;
  readonly help: boolean;
}

const MIB = 1024 * 1024;

const FULL: Effort = {
  runs: 5,
  connects: 20,
  keystrokes: 1_500,
  throughputBytes: 64 * MIB,
  replies: 300,
  interrupts: 3,
  historyMegabytes: [1, 10],
  sessionCounts: [100, 500],
  settleMs: 6_000,
};

const QUICK: Effort = {
  runs: 1,
  connects: 5,
  keystrokes: 1_000,
  throughputBytes: 32 * MIB,
  replies: 100,
  interrupts: 3,
  historyMegabytes: [1, 10],
  sessionCounts: [100],
  settleMs: 4_000,
};

export const USAGE = `usage: npm run bench -- [--quick] [--only NAME,…] [--runs N] [--json FILE]
  --quick      one round of everything, 100 sessions (about a minute)
  --only       some of: connect, echo, flood, throughput, claude, interrupt, reattach, sessions
  --runs N     rounds over all targets (default ${FULL.runs})
  --json FILE  writes every value of every round as well`;

/** Throws an Error whose message is one sentence. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      runs: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const effort = values.quick ? QUICK : FULL;
  const runs = values.runs === undefined ? effort.runs : Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs must be an integer from 1.');
  return {
    effort: { ...effort, runs },
    only: values.only.split(',').filter((name) => name !== ''),
    jsonFile: values.json,
    help: values.help,
  };
}
