import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ConfinedServer, OTHER_PROJECT } from './support/confined-server';
import type { ConfinedShell } from './support/confined-shell';
import { FORK_BOMB } from './support/fork-bomb';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('Isolation by system users is not tested: only root can start shells of other users.');

/** Of no other server on this machine: its users would be ours. */
const UID_BASE = 1_000_000 + (process.pid % 10_000) * 100;

/** What `uid` does not promise: there are no namespaces. docs/security.md says so. */
const NOT_PROMISED = [
  'proc-cmdline',
  'loopback-api',
  'redis-loopback',
  'pg-tcp',
  'sees-processes',
  'nested-userns',
  // Into its own terminal only.
  'tiocsti',
];

(isRoot ? describe : describe.skip)('a terminal of a system user of its own', () => {
  let server: ConfinedServer;
  let shell: ConfinedShell;
  let other: ConfinedShell;

  beforeAll(async () => {
    server = await ConfinedServer.start({ TERMINAL_LAUNCHER: 'uid', LAUNCHER_UID_BASE: String(UID_BASE) });
    shell = await server.shell();
    other = await server.shell('other');
  }, 120_000);
  afterAll(() => server?.stop());

  it('I-01, I-05, I-08: has three descriptors, its own group only, no capability and no way to more', async () => {
    const fds = await shell.lines('for fd in /proc/$$/fd/*; do [ -L $fd ] && echo ${fd##*/}; done');
    expect(fds.filter((fd) => fd !== '255')).toEqual(['0', '1', '2']);
    const [uid, gid, groups] = (await shell.run('id -u; id -g; id -G')).output.split('\n');
    expect(Number(uid)).toBeGreaterThan(UID_BASE);
    expect(groups).toBe(gid);
    const status = await shell.run("grep -E '^(CapEff|CapBnd|NoNewPrivs):' /proc/$$/status | tr -d '\\t'");
    expect(status.output).toBe('CapEff:0000000000000000\nCapBnd:0000000000000000\nNoNewPrivs:1');
  });

  it('I-02, I-03, I-04, I-06: the attack script finds what is not promised and nothing else', async () => {
    await server.prepareAttack();
    const directory = path.join(server.workspace('default'), 'attack');
    const { output } = await shell.run(`sh ${directory}/attack.sh ${directory}`, 60_000);
    const leaks = output.split('\n').flatMap((line) => (line.startsWith('LEAK ') ? line.slice(5) : []));
    expect(leaks.filter((leak) => !NOT_PROMISED.includes(leak))).toEqual([]);
    expect(output).toContain('attack over');
  }, 90_000);

  it('I-06: users have different ids, and neither lists, reads nor writes what is the other’s', async () => {
    expect((await other.run('id -u')).output).not.toBe((await shell.run('id -u')).output);
    await other.run(`echo private > ~/private; echo project > ${server.workspace(OTHER_PROJECT)}/project`);
    const theirHome = (await other.run('echo ~')).output;
    for (const attempt of [
      `ls ${theirHome}`,
      `cat ${theirHome}/private`,
      `ls ${server.workspace(OTHER_PROJECT)}`,
      `cat ${server.workspace(OTHER_PROJECT)}/project`,
      `touch ${server.workspace(OTHER_PROJECT)}/mine`,
      `ls ${server.server.dataDir}`,
      `ls ${path.dirname(theirHome)}`,
      `ls ${server.server.dataDir}/host`,
    ])
      expect({ attempt, exitCode: (await shell.run(`${attempt} 2> /dev/null`)).exitCode }).not.toEqual({
        attempt,
        exitCode: 0,
      });
  });

  it('R-06: the processes of a user are limited together', async () => {
    const limit = Number((await shell.run('ulimit -u')).output);
    const [started, code] = (await shell.run(FORK_BOMB, 60_000)).output.split(' ');
    expect(code).toBe('EAGAIN');
    expect(Number(started)).toBeLessThan(limit);
    expect((await other.run('echo alive')).output).toBe('alive');
  }, 90_000);

  it('I-19: the socket of the PTY host answers to nobody else', () => {
    const connect = (uid: number): string =>
      execFileSync(
        '/usr/bin/setpriv',
        [
          ...[`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', process.execPath, '-e'],
          `require('net').connect(${JSON.stringify(path.join(server.server.dataDir, 'host/host.sock'))})
             .on('connect', function () { console.log('connected'); this.destroy() })
             .on('error', (error) => console.log(error.code))`,
        ],
        { encoding: 'utf8' },
      ).trim();
    expect(connect(61_000)).toBe('EACCES');
    expect(connect(0)).toBe('connected');
  });

  it('keeps the system ids of users and projects, and gives each one once', async () => {
    const home = fs.statSync((await shell.run('echo ~')).output);
    await server.server.kill('SIGTERM');
    await server.server.run();
    const names = path.join(server.server.dataDir, 'launcher/ids/names');
    const numbers = fs.readdirSync(names).map((name) => fs.readlinkSync(path.join(names, name)));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.map((number) => UID_BASE + Number(number))).toContain(home.uid);
  });
});
