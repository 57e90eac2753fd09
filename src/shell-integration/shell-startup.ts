import path from 'node:path';
import type { LaunchProfile } from '../launch-profiles/launch-profile';

/** A file of ours that a shell reads when it starts, and how it is brought to read it. */
export interface ShellStartup {
  /** On this machine. */
  readonly file: string;
  /** In place of the profile's. */
  readonly args: readonly string[];
  /** Given where the shell finds the file. */
  readonly env: (file: string) => Readonly<Record<string, string>>;
}

/** The word with which a shell of ours signs its marks; the script takes it out of the environment before anything else runs. */
const NONCE_VARIABLE = 'HOLDFAST_MARKS';
/** Arguments with which our files know what they have to read in place of the shell. */
const PLAIN_ARGUMENTS: ReadonlySet<string> = new Set(['-l', '--login', '-i']);

/**
 * What makes a shell mark its commands in its output; undefined for programs that are no shell we know, and for shells that were
 * given arguments of their own.
 */
export function shellStartup(
  { program, args }: Pick<LaunchProfile, 'program' | 'args'>,
  nonce: string,
): ShellStartup | undefined {
  if (!args.every((argument) => PLAIN_ARGUMENTS.has(argument))) return undefined;
  switch (path.basename(program)) {
    case 'bash':
      return {
        file: path.join(__dirname, 'holdfast.bash'),
        // Long options come first. In posix mode an interactive bash reads ENV and nothing else.
        args: ['--posix', ...args],
        env: (file) => ({ ENV: file, [NONCE_VARIABLE]: nonce }),
      };
    case 'zsh':
      return {
        file: path.join(__dirname, 'zsh', '.zshenv'),
        args,
        env: (file) => ({ ZDOTDIR: path.dirname(file), [NONCE_VARIABLE]: nonce }),
      };
    default:
      return undefined;
  }
}
