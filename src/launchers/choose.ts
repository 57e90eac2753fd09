import type { Launcher } from './launcher';
import type { LauncherChoice, LauncherName, SelfTestResult } from './launchers';

export interface ChoiceOptions {
  readonly wanted: 'auto' | LauncherName;
  readonly make: (name: LauncherName) => Launcher | { readonly problem: string };
  /** Throws when nothing can be said, because the PTY host is away. */
  readonly test: (launcher: Launcher) => Promise<SelfTestResult>;
}

export interface Chosen {
  readonly choice: LauncherChoice;
  readonly launcher?: Launcher;
}

/** Best first. */
const CONFINING: readonly LauncherName[] = ['bubblewrap', 'uid'];
const UNSAFE = 'Every shell can read what the server can read.';

/**
 * A launcher that was named is that one or none: never something weaker without anybody having said so. `auto` takes the best one
 * whose self-test passes; `direct` is left when none does, and whether that is good enough is decided at each launch.
 */
export async function chooseLauncher(options: ChoiceOptions): Promise<Chosen> {
  const { wanted } = options;
  const selfTests: SelfTestResult[] = [];
  for (const name of wanted === 'auto' ? CONFINING : [wanted]) {
    const { launcher, result } = await tryOut(name, options);
    if (result) selfTests.push(result);
    if (launcher) return { launcher, choice: { launcher: name, why: whyChosen(name, wanted), selfTests } };
  }
  const problems = selfTests.map(({ launcher, problems }) => `${launcher}: ${problems.join('; ')}`).join('. ');
  if (wanted !== 'auto')
    return { choice: { why: `TERMINAL_LAUNCHER is ${wanted}, and that does not work here (${problems})`, selfTests } };
  const direct = options.make('direct');
  if ('problem' in direct) return { choice: { why: direct.problem, selfTests } };
  const why = `Nothing that confines works here (${problems}). ${UNSAFE}`;
  return { launcher: direct, choice: { launcher: 'direct', why, selfTests } };
}

async function tryOut(
  name: LauncherName,
  { make, test }: ChoiceOptions,
): Promise<{ launcher?: Launcher; result?: SelfTestResult }> {
  const made = make(name);
  if ('problem' in made) return { result: { launcher: name, passed: false, problems: [made.problem] } };
  // They promise nothing that could be tested here.
  if (name === 'direct' || name === 'command') return { launcher: made };
  const result = await test(made);
  return { result, ...(result.passed && { launcher: made }) };
}

function whyChosen(name: LauncherName, wanted: 'auto' | LauncherName): string {
  const how = wanted === 'auto' ? 'It is the best one whose self-test passed' : `TERMINAL_LAUNCHER is ${wanted}`;
  switch (name) {
    case 'bubblewrap':
      return `${how}.`;
    case 'uid':
      return `${how}. Shells are divided by system user; processes can be listed and the network is shared.`;
    case 'direct':
      return `${how}. ${UNSAFE}`;
    case 'command':
      return `${how}. What confines shells is that command.`;
  }
}
