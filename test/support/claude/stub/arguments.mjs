/** Of the real CLI that this was compared with. */
export const VERSION = '2.1.329';

/** What the CLI says in one line before it exits with 1. */
export class UsageError extends Error {}

const WITH_VALUE = new Set([
  '--settings',
  '--session-id',
  '--resume',
  '--model',
  '--permission-mode',
  '--setting-sources',
  '--append-system-prompt',
  '--allowedTools',
  '--disallowedTools',
  '--add-dir',
]);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function parseArguments(argv) {
  if (argv.includes('--version') || argv.includes('-v')) return { version: true };
  const values = new Map();
  for (let i = 0; i < argv.length; i++) {
    const [name, attached] = argv[i].split(/=(.*)/s);
    if (!WITH_VALUE.has(name)) throw new UsageError(`error: unknown option '${argv[i]}'`);
    values.set(name, attached ?? argv[++i]);
  }
  const sessionId = values.get('--session-id');
  const resume = values.get('--resume');
  if (sessionId !== undefined && !UUID.test(sessionId))
    throw new UsageError('Error: Invalid session ID. Must be a valid UUID.');
  if (sessionId !== undefined && resume !== undefined)
    throw new UsageError('Error: --session-id can only be used with --resume if --fork-session is also specified.');
  return { sessionId, resume, settings: values.get('--settings'), model: values.get('--model') };
}
