import fs from 'node:fs';
import path from 'node:path';
import { bubblewrapMissing } from '../support/bubblewrap';
import { ROOT } from '../support/root';
import { ConfinedServer } from './support/confined-server';
import type { ConfinedShell } from './support/confined-shell';

/** `daemon` on every system, with a group of the same number: PostgreSQL wants a user with a name, and nothing else runs as this one. */
const UID = 1;
const missing = process.getuid?.() === 0 ? bubblewrapMissing() : 'the suite runs as another user than root already';
if (missing !== undefined) console.warn(`A server without privileges is not tested on its own: ${missing}`);

/** All sandboxes have the server's own user then: nothing but the sandbox divides them from it. */
(missing === undefined ? describe : describe.skip)('a terminal of a server that is not root', () => {
  let server: ConfinedServer;
  let shell: ConfinedShell;

  beforeAll(async () => {
    server = await ConfinedServer.start(
      { TERMINAL_NETWORK: 'none', TERMINAL_LAUNCHER: 'auto', AS_UID: String(UID), DATABASE_URL: '' },
      {
        program: path.join(ROOT, 'test/support/programs/as-another-user.mjs'),
        prepare: (dataDir) => {
          fs.chownSync(dataDir, UID, UID);
          return () => undefined;
        },
      },
    );
    shell = await server.shell();
  }, 120_000);
  afterAll(() => server?.stop());

  it('I-02, I-03, I-04, I-06, I-19: the attack script finds no leak, in a sandbox that auto chose', async () => {
    const { body } = await server.owner.request<{ checks: Record<string, unknown> }>('GET', '/health');
    expect(body.checks['launcher']).toMatchObject({ launcher: 'bubblewrap' });
    await server.prepareAttack();
    const lines = (await shell.run('sh attack/attack.sh /workspace/attack', 60_000)).output.split('\n');
    expect(lines.filter((line) => line.startsWith('LEAK'))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('ok '))).toHaveLength(26);
  }, 90_000);

  it('I-05, I-08, I-16: has no group, no capability, a filter, and job control', async () => {
    const status = await shell.run("grep -E '^(Groups|CapEff|NoNewPrivs|Seccomp):' /proc/$$/status | tr -d '\\t '");
    expect(status.output).toBe('Groups:\nCapEff:0000000000000000\nNoNewPrivs:1\nSeccomp:2');
    expect((await shell.run('sleep 300 & jobs; kill %1')).output).toContain('Running');
  });
});
