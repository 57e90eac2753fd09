import fs from 'node:fs';
import net from 'node:net';
import { bubblewrapMissing } from '../support/bubblewrap';
import { eventually } from '../support/eventually';
import { ConfinedServer, MARK } from './support/confined-server';
import type { ConfinedShell } from './support/confined-shell';

const PROBES = 26;
const missing = bubblewrapMissing();
if (missing !== undefined) console.warn(`Isolation by bubblewrap is not tested: ${missing}`);

(missing === undefined ? describe : describe.skip)('a terminal in bubblewrap', () => {
  let server: ConfinedServer;
  let shell: ConfinedShell;

  beforeAll(async () => {
    server = await ConfinedServer.start({
      TERMINAL_LAUNCHER: 'bubblewrap',
      TERMINAL_NETWORK: 'none',
      HOLDFAST_TEST_SECRET: MARK,
    });
    shell = await server.shell();
  }, 120_000);
  afterAll(() => server?.stop());

  it('I-01: has exactly three descriptors, after 30 other terminals and sockets with gaps between them', async () => {
    const others = await Promise.all(Array.from({ length: 30 }, () => server.shell()));
    const sockets = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const socket = net.connect(server.server.endpoints.http, '127.0.0.1');
        await new Promise((resolve) => socket.once('connect', resolve));
        return socket;
      }),
    );
    for (const socket of sockets.filter((_, index) => index % 2 === 0)) socket.destroy();
    await Promise.all(
      others.slice(10, 20).map((other) => server.owner.request('DELETE', `/api/sessions/${other.sessionId}`)),
    );
    const fresh = await server.shell();
    // 255 is bash's own, on its terminal.
    expect(
      (await fresh.lines('for fd in /proc/$$/fd/*; do [ -L $fd ] && echo ${fd##*/}; done')).filter(
        (fd) => fd !== '255',
      ),
    ).toEqual(['0', '1', '2']);
    for (const socket of sockets) socket.destroy();
    await Promise.all(others.map((other) => server.owner.request('DELETE', `/api/sessions/${other.sessionId}`)));
  });

  it('I-02, I-03, I-04, I-06, I-13: the attack script finds no leak in 26 probes', async () => {
    await server.prepareAttack();
    const { output } = await shell.run('sh attack/attack.sh /workspace/attack', 60_000);
    const verdicts = output.split('\n').filter((line) => /^(ok|LEAK) /.test(line));
    expect(verdicts.filter((line) => line.startsWith('LEAK'))).toEqual([]);
    expect(verdicts).toHaveLength(PROBES);
    expect(output).toContain('attack over');
  }, 90_000);

  it('I-04: SIGUSR1 opens no inspector, in any process of the server', async () => {
    for (const pid of server.processes) process.kill(pid, 'SIGUSR1');
    // Alive, and answering: the signal was taken.
    await eventually(async () => expect((await server.owner.request('GET', '/health/live')).status).toBe(200));
    await shell.run('true');
    await expect(connects(9229)).resolves.toBe(false);
  });

  it('I-05, I-08: has its own group only, no capability, no way to more, and a seccomp filter', async () => {
    expect((await shell.run('id -G')).output).toBe('1000');
    const status = await shell.lines("grep -E '^(Groups|Cap(Eff|Prm|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/$$/status");
    expect(status.map((line) => line.replace(/\s+/g, ' ').trim())).toEqual([
      'Groups:',
      'CapPrm: 0000000000000000',
      'CapEff: 0000000000000000',
      'CapBnd: 0000000000000000',
      'CapAmb: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ]);
  });

  it('I-06, I-09: two users have different workspaces, homes, /tmp, processes and terminals', async () => {
    const other = await server.shell('other');
    const places = ['/workspace', '~', '/tmp', '/var/tmp', '/dev/shm'];
    await shell.run('for at in /workspace ~ /tmp /dev/shm; do echo mine > $at/only-mine; done; sleep 4321 &');
    for (const place of places) expect((await other.run(`ls ${place}/only-mine`)).exitCode).not.toBe(0);
    expect((await other.run('cat /proc/[0-9]*/cmdline | grep -c 432[1]')).output).toBe('0');
    expect((await other.lines('ls /dev/pts')).filter((name) => name !== 'ptmx')).toEqual([]);
    expect((await other.run(`ls ${server.server.dataDir} ${server.workspace('default')}`)).exitCode).not.toBe(0);
    await shell.run('kill %1; rm -f /workspace/only-mine');
  });

  it('I-06: one user in two terminals of a project has one workspace and one home', async () => {
    const again = await server.shell();
    await shell.run('echo shared > /workspace/in-project; echo own > ~/in-home');
    expect((await again.run('cat /workspace/in-project ~/in-home')).output).toBe('shared\nown');
  });

  it('I-10: without a network there is no loopback, no abstract socket, no metadata address', async () => {
    const abstract = net.createServer();
    const name = `holdfast-${process.pid}`;
    await new Promise<void>((resolve) => abstract.listen(`\0${name}`, resolve));
    try {
      expect((await shell.run('cat /proc/net/tcp | wc -l')).output).toBe('1');
      expect((await shell.run(`grep -c ${name} /proc/net/unix`)).output).toBe('0');
      for (const address of [`127.0.0.1/${server.server.endpoints.http}`, '169.254.169.254/80'])
        expect((await shell.run(`(: < /dev/tcp/${address}) 2>/dev/null`)).exitCode).not.toBe(0);
    } finally {
      abstract.close();
    }
  });

  it('I-11: mounts, new namespaces and namespaces in the sandbox are refused', async () => {
    for (const attempt of [
      'mount -t tmpfs none /tmp',
      'mount --bind /tmp /workspace',
      'unshare --user true',
      'unshare --mount true',
      'unshare --user --map-root-user --net true',
      'nsenter --target 1 --mount true',
      'chroot /tmp true',
    ])
      expect({ attempt, exitCode: (await shell.run(`${attempt} 2>/dev/null`)).exitCode }).not.toEqual({
        attempt,
        exitCode: 0,
      });
  });

  it('I-12: of all mounts only the private and the shared places can be written', async () => {
    const writable = await shell.lines(
      `awk '{print $2}' /proc/mounts | sort -u | while read -r at; do [ -d "$at" ] && (: > "$at/.probe") 2>/dev/null && rm "$at/.probe" && echo "$at"; done`,
    );
    expect(writable.filter((at) => !at.startsWith('/home/'))).toEqual(['/dev/shm', '/run', '/tmp', '/workspace']);
    for (const place of ['/', '/usr', '/etc', '/dev', '/home', '/var', '/opt'])
      expect((await shell.run(`(: > ${place}/.probe) 2>/dev/null`)).exitCode).not.toBe(0);
  });

  it('I-13: nothing can be typed into the terminal by ioctl, whatever the upper bits say', async () => {
    for (const attempt of ['tiocsti', 'tiocsti-high', 'vsock'])
      expect((await shell.run(`attack/probe ${attempt}`)).exitCode).toBe(1);
  });

  it('I-14: a workspace that became a link is refused, and nothing is started', async () => {
    await server.owner.request('POST', '/api/projects', { id: 'moved', name: 'Moved away' });
    fs.symlinkSync('/etc', server.workspace('moved'));
    const answer = await server.client.tryOpen({ channel: 900, projectId: 'moved' });
    expect(answer).toMatchObject({ event: 'error', data: { code: 'workspace_unusable' } });
    fs.rmSync(server.workspace('moved'));
  });

  it('S-01, I-15: neither the shell nor the program around it has anything of the server in its environment', async () => {
    const names = (await shell.lines('env')).map((line) => line.replace(/=.*/s, ''));
    expect(names.filter((name) => !KNOWN_NAMES.has(name))).toEqual([]);
    expect((await shell.run('env')).output).not.toContain(MARK);
    const outside = outerPrograms().map((pid) => variablesOf(pid));
    expect(outside.length).toBeGreaterThan(0);
    for (const variables of outside)
      expect(variables.filter((name) => !name.startsWith('HOLDFAST_SESSION'))).toEqual(['PATH', 'LANG']);
  });

  it('S-02: no process of the machine has a secret, or an environment, among its arguments', () => {
    const commands = fs
      .readdirSync('/proc')
      .flatMap((pid) => (/^\d+$/.test(pid) ? readOr(`/proc/${pid}/cmdline`) : []));
    expect(commands.filter((command) => command.includes(MARK))).toEqual([]);
    expect(commands.filter((command) => command.includes('HOLDFAST_PROJECT='))).toEqual([]);
  });

  it('S-10: no process leaves a core dump', async () => {
    expect((await shell.run('ulimit -c; ulimit -Hc')).output).toBe('0\n0');
    for (const pid of server.processes)
      expect(fs.readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max core file size\s+0\s+0/m);
  });

  it('says in /health what confines terminals, and why', async () => {
    const { body } = await server.owner.request<{ checks: Record<string, unknown> }>('GET', '/health');
    expect(body.checks['launcher']).toMatchObject({
      status: 'up',
      launcher: 'bubblewrap',
      selfTests: [{ launcher: 'bubblewrap', passed: true, problems: [] }],
    });
  });

  /** bwrap processes of this server, outside their sandboxes. */
  function outerPrograms(): string[] {
    const workspaceOwner = server.server.keeperPid;
    return fs
      .readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid) && readOr(`/proc/${pid}/cmdline`).startsWith('/usr/bin/bwrap'))
      .filter((pid) => ancestors(pid).includes(workspaceOwner));
  }
});

/** Of root's own server everything can be had: a probe that finds nothing here would find nothing anywhere. */
const NOT_WITHOUT_CONFINEMENT = [
  // A launch holds nothing of the server, confined or not.
  'env-inherited',
  // The signal is taken by every process of the server.
  'node-inspector',
];

it('the attack script finds what there is to find where nothing is confined', async () => {
  if (process.getuid?.() !== 0) return;
  const server = await ConfinedServer.start({ TERMINAL_LAUNCHER: 'direct' });
  try {
    const shell = await server.shell();
    await server.shell();
    await server.prepareAttack();
    const directory = `${server.workspace('default')}/attack`;
    const { output } = await shell.run(`sh ${directory}/attack.sh ${directory}`, 60_000);
    const held = output.split('\n').flatMap((line) => (line.startsWith('ok ') ? line.slice(3) : []));
    expect(held).toEqual(NOT_WITHOUT_CONFINEMENT);
    // What the last probe types into the terminal may stand before its line.
    expect(output.match(/LEAK [a-z-]+/g)).toHaveLength(PROBES - held.length);
  } finally {
    await server.stop();
  }
}, 120_000);

const KNOWN_NAMES = new Set(
  'PATH HOME USER LOGNAME SHELL TERM COLORTERM TERM_PROGRAM LANG HOLDFAST_SESSION HOLDFAST_PROJECT PWD OLDPWD SHLVL _ PS1 MAIL'.split(
    ' ',
  ),
);

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function variablesOf(pid: string): string[] {
  return readOr(`/proc/${pid}/environ`)
    .split('\0')
    .filter(Boolean)
    .map((variable) => variable.replace(/=.*/s, ''));
}

function ancestors(pid: string): number[] {
  const all: number[] = [];
  for (let at = Number(pid); at > 1;) {
    const stat = readOr(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    all.push(at);
  }
  return all;
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });
}
