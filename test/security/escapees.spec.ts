import fs from 'node:fs';
import { isAlive } from '../support/pty-host';
import { bubblewrapMissing } from '../support/bubblewrap';
import { eventually } from '../support/eventually';
import { ConfinedServer } from './support/confined-server';
import type { ConfinedShell } from './support/confined-shell';

/** Six ways to outlive one's terminal (facts/security.md §3.5); `SLEEP` is one that is looked for by its argument. */
const ESCAPEES = [
  'SLEEP &',
  'nohup SLEEP > /dev/null 2>&1 &',
  'setsid SLEEP &',
  '( ( SLEEP & ) & )',
  'env -i setsid -f SLEEP',
  "trap '' HUP TERM; bash -c 'trap \"\" HUP TERM; SLEEP & wait' &",
];
/** DELETE to the last process gone. */
const LIMIT_MS = 2_000;
const isRoot = process.getuid?.() === 0;
const missing = bubblewrapMissing();

const launchers = [
  { name: 'bubblewrap', why: missing, env: { TERMINAL_NETWORK: 'none' } },
  { name: 'uid', why: isRoot ? undefined : 'only root can start shells of other users', env: {} },
] as const;

for (const { name, why, env } of launchers) {
  if (why !== undefined) console.warn(`Escapees of ${name} are not tested: ${why}`);
  (why === undefined ? describe : describe.skip)(`what a terminal of ${name} leaves behind`, () => {
    let server: ConfinedServer;
    let seconds = 100_000 + process.pid;

    beforeAll(async () => {
      server = await ConfinedServer.start({ TERMINAL_LAUNCHER: name, ...env });
    }, 120_000);
    afterAll(() => server?.stop());

    /** A terminal with all six, and their pids. */
    async function crowd(): Promise<{ shell: ConfinedShell; pids: readonly number[] }> {
      const sleep = `sleep ${++seconds}`;
      const shell = await server.shell();
      for (const escapee of ESCAPEES) await shell.run(escapee.replace('SLEEP', sleep));
      const pids = await eventually(() => {
        const found = sleeping(seconds);
        if (found.length < ESCAPEES.length) throw new Error(`${found.length} of ${ESCAPEES.length} run`);
        return found;
      });
      return { shell, pids };
    }

    async function gone(pids: readonly number[], withinMs = 20_000): Promise<void> {
      await eventually(() => {
        const left = pids.filter(isAlive);
        if (left.length > 0) throw new Error(`${left.length} are left: ${left.map(describeProcess).join(', ')}`);
      }, withinMs);
    }

    it('I-07: is gone within two seconds of DELETE', async () => {
      const { shell, pids } = await crowd();
      const at = performance.now();
      const ended = server.owner.request('DELETE', `/api/sessions/${shell.sessionId}`);
      await gone(pids);
      expect(performance.now() - at).toBeLessThan(LIMIT_MS);
      expect((await ended).status).toBeLessThan(300);
    });

    it('I-07: is gone when the shell ends by itself', async () => {
      const { shell, pids } = await crowd();
      shell.type('exit 7\n');
      const exited = await server.client.event('exited', ({ channel }) => channel === shell.channel);
      expect(exited).toMatchObject({ exitCode: 7 });
      await gone(pids, LIMIT_MS);
    });

    it('I-07: is gone when keeper and broker are killed', async () => {
      const { pids } = await crowd();
      server.server.loseHost();
      await gone(pids);
    });
  });
}

function sleeping(seconds: number): number[] {
  return fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === `sleep ${seconds}`)
    .map(Number);
}

function commandOf(pid: string | number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function describeProcess(pid: number): string {
  return `${pid} (${commandOf(pid)})`;
}
