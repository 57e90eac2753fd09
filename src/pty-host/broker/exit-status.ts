import os from 'node:os';
import type { RawExit } from '../keeper/keeper-messages';
import type { ExitStatus } from '../wire/host-messages';

const SIGNAL_NAMES = new Map(Object.entries(os.constants.signals).map(([name, number]) => [number, name]));

/** What waitpid(2) said, in the words of the protocol: a status or a signal, never both. */
export function exitStatus(raw: RawExit, reason: ExitStatus['reason']): ExitStatus {
  return {
    exitCode: raw.signal ? null : raw.exitCode,
    signal: raw.signal ? signalName(raw.signal) : null,
    reason,
  };
}

/** `INT` for 2. */
function signalName(number: number): string {
  return SIGNAL_NAMES.get(number)?.replace(/^SIG/, '') ?? String(number);
}
