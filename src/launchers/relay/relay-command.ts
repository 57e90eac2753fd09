import fs from 'node:fs';
import path from 'node:path';
import type { LaunchExtras, LaunchMount } from '../launchers';

/** Compiled by scripts/build.mjs; sources that run unbuilt, in tests, use the last build. */
const PROGRAM = ['../../../native', '../../../dist/native']
  .map((directory) => path.join(__dirname, directory, 'relay'))
  .find((file) => fs.existsSync(file));
const INNER_PROGRAM = '/holdfast/relay';

/** What goes before a program in a sandbox so that it finds its way out, and the mount this needs; see relay.c. */
export function relayCommand({ port, socket }: NonNullable<LaunchExtras['relay']>): {
  readonly mount: LaunchMount;
  readonly words: readonly string[];
} {
  return {
    mount: { source: PROGRAM ?? '/nonexistent', target: INNER_PROGRAM, writable: false },
    words: [INNER_PROGRAM, String(port), socket, '--'],
  };
}
