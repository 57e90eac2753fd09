import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { bubblewrapMissing } from '../support/bubblewrap';
import { ConfinedServer } from './support/confined-server';
import { ConfinedShell } from './support/confined-shell';

/** What `id`, and everything that stands in for a forbidden program, prints. */
const RAN = 'uid=';
const ALLOWED = ['ls', 'cat', 'git', 'find', 'vim', 'less', 'tar', 'ssh', 'awk', 'cp', 'chmod', 'ln', 'base64', 'stty'];
const SHELL = { program: '/bin/bash', args: ['--norc', '--noprofile'], network: 'none' };
const EVIL = `
  #include <unistd.h>
  __attribute__((constructor)) static void loaded(void) { if (write(1, "uid=evil\\n", 9)) return; }`;
const PAYLOAD = `
  #include <stdio.h>
  int main(void) { puts("uid=payload"); return 0; }`;

const missing = bubblewrapMissing();
if (missing !== undefined) console.warn(`Strict profiles are not tested: ${missing}`);

(missing === undefined ? describe : describe.skip)('a terminal of a strict profile', () => {
  let server: ConfinedServer;
  let strict: ConfinedShell;
  let full: ConfinedShell;

  beforeAll(async () => {
    server = await ConfinedServer.start({ TERMINAL_LAUNCHER: 'bubblewrap' });
    const binaries = ALLOWED.map((name) => `/usr/bin/${name}`);
    for (const profile of [
      { name: 'strict', view: 'strict', binaries, ...SHELL },
      { name: 'full', view: 'full', ...SHELL },
    ]) {
      const { status, body } = await server.owner.request('POST', '/api/admin/profiles', profile);
      if (status !== 201) throw new Error(JSON.stringify(body));
    }
    [strict, full] = [await open('strict'), await open('full')];
  }, 120_000);
  afterAll(() => server?.stop());

  /** In a project of its own, where everything lies that an attacker brings. */
  async function open(profile: string): Promise<ConfinedShell> {
    const shell = await ConfinedShell.open(server.client, profile === 'strict' ? 101 : 102, profile, profile);
    const file = (name: string) => path.join(server.workspace(profile), name);
    compile(EVIL, file('evil.so'), '-shared', '-fPIC');
    compile(PAYLOAD, file('payload'));
    fs.writeFileSync(file('s.sh'), '#!/bin/bash\n/usr/bin/id\nid\n');
    for (const name of ['evil.so', 'payload', 's.sh']) fs.chmodSync(file(name), 0o755);
    return shell;
  }

  /** What one attack prints, whoever it is typed at. */
  type Attempt = (shell: ConfinedShell) => Promise<string>;

  /** Held in the strict view, and no mere slip of the pen: where everything may run, it runs. */
  function attack(title: string, attempt: Attempt): void {
    it(title, async () => {
      expect(await attempt(full)).toContain(RAN);
      expect(await attempt(strict)).not.toContain(RAN);
    });
  }

  function commands(...lines: readonly string[]): Attempt {
    return async (shell) => {
      const outputs: string[] = [];
      for (const line of lines) outputs.push((await shell.run(line)).output);
      return outputs.join('\n');
    };
  }

  it('I-18: does what it is for: ls, git, find, awk, tar and the others work, and files can be written', async () => {
    const { output } = await strict.run(
      [
        'git init -q work && cd work && echo text > file && git add file',
        'git -c user.name=a -c user.email=a@b commit -q -m made && git log --oneline | cat',
        'find . -name file; awk "{ print NR, \\$1 }" file; tar cf /tmp/a.tar file && tar tf /tmp/a.tar',
        'echo procsub > ~/note; cat <(cat ~/note); echo x | base64; vim --version | cat | awk "NR == 1"',
        'cd ..; ls work',
      ].join('\n'),
    );
    for (const part of ['made', './file', '1 text', 'procsub', 'eAo=', 'VIM - Vi IMproved'])
      expect(output).toContain(part);
    expect(output).not.toContain('not found');
  });

  it('I-18: holds no program that is not listed, but what these consist of', async () => {
    const { output } = await strict.run(
      'find / -path /proc -prune -o -path /workspace -prune -o -type f -perm /111 -print',
    );
    const programs = output
      .split('\n')
      .filter((file) => !/\.so(\.|$)|\/git-core\/|^\/usr\/share\//.test(file))
      .map((file) => path.basename(file));
    expect(new Set(programs)).toEqual(new Set([...ALLOWED, 'bash']));
  });

  attack('X-01: command substitution', commands('echo $(id)'));
  attack('X-02: backticks in quotes', commands('echo "`id`"'));
  attack('X-03: process substitution', commands('cat <(id)'));
  attack('X-04: an encoded command, decoded into a shell', commands('echo aWQ= | base64 -d | bash'));
  attack('X-05: a line made of history and editing, without typing a letter of it', async (shell) => {
    await shell.run('history -c; set -o history -o emacs');
    const from = shell.text.length;
    shell.type('echo id\n');
    await shell.says(/^id$/m, from);
    // Up, to the beginning, delete five characters.
    shell.type('\x10\x01\x04\x04\x04\x04\x04\n');
    await shell.says(/uid=|id: command not found/, from);
    return shell.text.slice(from);
  });
  attack('X-06: find -exec', commands('find . -maxdepth 0 -exec id \\;', 'find . -maxdepth 0 -exec /usr/bin/id \\;'));
  attack(
    'X-07: an alias and a pager of git',
    commands(
      "git -c 'alias.z=!id' z",
      "git -c core.pager='id; cat' -p --version",
      'git -c core.pager=/usr/bin/id -p help -a',
    ),
  );
  attack(
    'X-08: a command of vim',
    commands(
      "vim --clean -es -c ':!/usr/bin/id' -c ':q!'",
      "vim --clean -es -c ':r !/usr/bin/id' -c ':%print' -c ':q!'",
      `vim --clean -es -c ':put =system("id")' -c ':%print' -c ':q!'`,
    ),
  );
  attack('X-09: a command of less', async (shell) => {
    const from = shell.text.length;
    shell.type('less /etc/passwd\n');
    await shell.says(/nobody/, from);
    shell.type('!/usr/bin/id\n');
    await shell.says(/press RETURN/, from);
    shell.type('\nq');
    await shell.run('true');
    return shell.text.slice(from);
  });
  // Its output would be taken for the banner of a server, and ssh ends a proxy that says nothing more.
  attack(
    'X-10: a ProxyCommand of ssh',
    commands(`ssh -o ProxyCommand='bash -c "/usr/bin/id >&2; read"' nohost 2>&1 | cat`),
  );
  attack(
    'X-11: a checkpoint action of tar',
    commands('tar cf /dev/null /etc/passwd --checkpoint=1 --checkpoint-action=exec=/usr/bin/id'),
  );
  attack('X-12: system() of awk', commands(`awk 'BEGIN { system("/usr/bin/id"); system("id") }'`));
  attack('X-13: a glob for its path', commands('ls $(/usr/bin/i[d])'));
  attack('X-14: ANSI-C quoting', commands("ls $($'\\x69\\x64')"));
  attack('X-15: parameter expansion', commands('PS1=x; cat ${PS1:+$(id)} </dev/null; PS1='));
  attack(
    'X-16: a git hook',
    commands(
      "git init -q h; cat > h/.git/hooks/pre-commit <<'E'\n#!/bin/bash\n/usr/bin/id\nE",
      'chmod +x h/.git/hooks/pre-commit; git -C h -c user.name=a -c user.email=b commit --allow-empty -m x',
    ),
  );
  attack(
    'X-17: an uploaded program, in every place that can be written to',
    commands('./payload', 'cp payload /tmp/p; /tmp/p', 'cp payload ~/p; ~/p', 'cp payload /dev/shm/p; /dev/shm/p'),
  );
  attack('X-18: an uploaded program through the dynamic loader', commands('/lib*/ld-linux-*.so.* ./payload'));
  attack('X-19: LD_PRELOAD', commands('LD_PRELOAD=$PWD/evil.so ls'));
  attack('X-20: a library as a builtin of the shell', commands('enable -f $PWD/evil.so zz'));
  attack('X-21: an uploaded script', commands('./s.sh', 'bash ./s.sh', '. ./s.sh'));
  attack(
    'X-22: a library called by vim',
    commands(`vim --clean -es -c 'call libcall(getcwd()."/evil.so","f","")' -c ':q!'`),
  );
  attack('X-23: the roots of other processes', commands('/proc/1/root/usr/bin/id; /proc/self/root/usr/bin/id'));
  attack('X-24: another name', commands('ln -sf /usr/bin/id /tmp/ls; /tmp/ls', '(exec -a ls /usr/bin/id)'));

  it('cannot rewrite its own memory, nor make a file in it', async () => {
    const { output } = await strict.run('exec 3<>/proc/self/mem; echo > /proc/self/comm');
    expect(output.match(/Read-only file system/g)).toHaveLength(2);
    // memfd_create (319 on x86_64, 279 on arm64) through a function of libc that vim calls.
    const number = process.arch === 'arm64' ? 279 : 319;
    const call = `vim --clean -es -c 'call libcallnr("libc.so.6","syscall",${number})' -c '!ls -l /proc/$PPID/fd' -c ':q!'`;
    expect((await strict.run(call)).output).not.toContain('memfd');
  });

  it('cannot take the seal from what is mounted', async () => {
    const { output } = await strict.run("awk '$2 ~ /^\\/(workspace|tmp|home)/ { print $2, $4 }' /proc/self/mounts");
    expect(output.split('\n')).toHaveLength(3);
    for (const line of output.split('\n')) expect(line).toMatch(/ rw,nosuid,nodev,noexec/);
  });

  it('counts its processes for itself, and no more than the profile allows', async () => {
    const profile = { name: 'few', view: 'strict', binaries: ['/bin/cat'], ...SHELL, limits: { processes: 20 } };
    await server.owner.request('POST', '/api/admin/profiles', profile);
    const shells = [
      await ConfinedShell.open(server.client, 103, 'few', 'few'),
      await ConfinedShell.open(server.client, 104, 'few', 'few'),
    ];
    // Fifteen in each: together they are more than one may have.
    for (const shell of shells) {
      const { output } = await shell.run('ulimit -u; for i in {1..15}; do cat & done 2>&1');
      expect(output).toMatch(/^20$/m);
      expect(output).not.toContain('Resource temporarily unavailable');
    }
  });
});

function compile(source: string, program: string, ...options: readonly string[]): void {
  execFileSync('cc', ['-x', 'c', '-', '-o', program, ...options], { input: source });
}
