import fs from 'node:fs';
import { bubblewrapMissing } from '../support/bubblewrap';
import { ConfinedServer } from './support/confined-server';
import type { ConfinedShell } from './support/confined-shell';
import { FORK_BOMB } from './support/fork-bomb';

/** What another user may wait for their echo while somebody misbehaves. */
const ECHO_LIMIT_MS = 200;
const ECHOES = 15;
const missing = bubblewrapMissing();
if (missing !== undefined) console.warn(`Limits of terminals are not tested: ${missing}`);

(missing === undefined ? describe : describe.skip)('a terminal that takes all it can get', () => {
  let server: ConfinedServer;
  let greedy: ConfinedShell;
  let other: ConfinedShell;

  beforeAll(async () => {
    server = await ConfinedServer.start({ TERMINAL_LAUNCHER: 'bubblewrap', TERMINAL_NETWORK: 'none' });
    greedy = await server.shell();
    other = await server.shell('other');
  }, 120_000);
  afterAll(() => server?.stop());

  /** The median: one echo may meet the scheduler at a bad moment. */
  async function othersEchoMs(): Promise<number> {
    const times: number[] = [];
    for (let left = ECHOES; left > 0; left--) {
      const at = performance.now();
      await other.run('true');
      times.push(performance.now() - at);
    }
    return times.sort((a, b) => a - b)[Math.floor(ECHOES / 2)] as number;
  }

  it('R-06: a fork bomb meets its limit, and another user does not notice', async () => {
    const limit = Number((await greedy.run('ulimit -u')).output);
    const bombed = greedy.run(FORK_BOMB, 60_000);
    expect(await othersEchoMs()).toBeLessThan(ECHO_LIMIT_MS);
    const [started, code] = (await bombed).output.split(' ');
    expect(code).toBe('EAGAIN');
    expect(Number(started)).toBeLessThan(limit);
    expect((await greedy.run('echo alive')).output).toBe('alive');
  }, 90_000);

  it('R-07: a process that takes too much memory fails, and the shell goes on', async () => {
    const { output } = await greedy.run(
      '(ulimit -d 262144; head -c 600M /dev/zero | tail -c 600M > /dev/null); echo $?; ulimit -Hd',
    );
    const [exitCode, limitKib] = output.split('\n').slice(-2);
    expect(Number(exitCode)).not.toBe(0);
    expect(Number(limitKib)).toBe(4096 * 1024);
    expect((await greedy.run('echo alive')).output).toBe('alive');
  });

  it('R-08: descriptors run out for the process that hoards them only', async () => {
    const hoard = `node -e 'let n=0; try { for (;;) { require("fs").openSync("/dev/null"); n++ } } catch (e) { console.log(n, e.code) }'`;
    const [count, code] = (await greedy.run(hoard)).output.split(' ');
    expect(code).toBe('EMFILE');
    expect(Number(count)).toBeLessThan(4096);
    expect((await other.run('echo alive')).output).toBe('alive');
  });

  it('R-09: /tmp, /dev/shm and /run fill up by themselves, / and /dev not at all, a file at its limit', async () => {
    for (const place of ['/tmp', '/dev/shm']) {
      const { output } = await greedy.run(
        `head -c 400M /dev/zero > ${place}/filler; stat -c %s ${place}/filler; rm ${place}/filler`,
      );
      expect(output).toContain('No space left on device');
      expect(Number(output.split('\n').at(-1))).toBeLessThanOrEqual(256 * 2 ** 20);
    }
    for (const place of ['/', '/dev', '/usr']) {
      expect((await greedy.run(`(: > ${place}/filler)`)).output).toContain('Read-only file system');
    }
    expect((await greedy.run('ulimit -f')).output).toBe(String((4096 * 2 ** 20) / 1024));
    const limited = await greedy.run('(ulimit -f 1024; head -c 5M /dev/zero > ~/big); stat -c %s ~/big; rm ~/big');
    expect(limited.output.split('\n').at(-1)).toBe(String(2 ** 20));
  });

  it('R-11: loops on every processor leave another user their echo', async () => {
    const processors = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/^processor/gm)?.length ?? 2;
    await greedy.run(`for i in $(seq ${2 * processors}); do (while :; do :; done) & done`);
    try {
      expect(await othersEchoMs()).toBeLessThan(ECHO_LIMIT_MS);
    } finally {
      await server.owner.request('DELETE', `/api/sessions/${greedy.sessionId}`);
    }
  });
});
