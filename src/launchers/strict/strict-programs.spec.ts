import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { refusalOfLibraries, refusalOfName } from './interpreters';
import { sharedLibraries } from './shared-libraries';
import { strictPrograms } from './strict-programs';

describe('the libraries of a program', () => {
  it.each(['/bin/bash', '/usr/bin/git', '/usr/bin/ssh', process.execPath])('are those ldd finds for %s', (program) => {
    const ldd = execFileSync('ldd', [program], { encoding: 'utf8' })
      .split('\n')
      .flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
    const { files, missing } = sharedLibraries([program]);
    expect(missing).toEqual([]);
    const real = (names: readonly string[]) => new Set(names.map((name) => fs.realpathSync(name)));
    expect([...real(ldd)].filter((file) => !real(files).has(file))).toEqual([]);
  });

  it('are said to be missing when they are', () => {
    const program = fs.readFileSync('/bin/bash');
    const name = Buffer.from('libtinfo.so.6\0');
    name.copy(program, program.indexOf(name));
    program.write('libnosuch.so.', program.indexOf(name));
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'elf-')), 'program');
    fs.writeFileSync(file, program);
    expect(sharedLibraries([file]).missing).toEqual([expect.stringContaining('libnosuch.so.')]);
    fs.rmSync(path.dirname(file), { recursive: true });
  });
});

describe('a strict profile', () => {
  it.each([
    ...[
      'python3',
      'python3.11',
      'node',
      'nodejs',
      'perl',
      'perl5.36.0',
      'ruby3.1',
      'php8.2',
      'lua5.4',
      'luajit',
      'gdb',
    ],
    ...['env', 'xargs', 'busybox', 'coreutils', 'ld-linux-x86-64.so.2', 'ld-musl-x86_64.so.1', 'nvim', 'emacs', 'java'],
    ...['bash', 'sh', 'dash', 'zsh'],
  ])('has no %s among its binaries', (name) => {
    expect(refusalOfName(name, 'binary')).toBeDefined();
  });

  it.each(['ls', 'git', 'vim', 'vim.basic', 'find', 'awk', 'mawk', 'tar', 'ssh', 'base64', 'sha256sum', 'md5sum'])(
    'may have %s',
    (name) => {
      expect(refusalOfName(name, 'binary')).toBeUndefined();
    },
  );

  it('is the shell it runs, but no interpreter', () => {
    expect(refusalOfName('bash', 'program')).toBeUndefined();
    expect(refusalOfName('python3', 'program')).toBe('is an interpreter');
  });

  it('finds interpreters inside other programs by their libraries', () => {
    expect(refusalOfLibraries(['/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0'])).toContain('libpython3.11.so.1.0');
    expect(refusalOfLibraries(['/usr/lib/libluajit-5.1.so.2'])).toContain('libluajit');
    expect(refusalOfLibraries(['/lib/libc.so.6', '/lib/libtinfo.so.6'])).toBeUndefined();
  });

  it('names everything that is wrong with it, and looks at what a name leads to', () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'strict-'));
    const file = (name: string) => path.join(directory, name);
    fs.symlinkSync(process.execPath, file('calculator'));
    fs.writeFileSync(file('script'), '#!/bin/sh\n', { mode: 0o755 });
    const binaries = [
      '/usr/bin/../bin/ls',
      '/nosuch',
      '/etc/passwd',
      file('calculator'),
      file('script'),
      '/bin/sh',
      '/bin/ls',
    ];
    const { programs, problems } = strictPrograms({ program: '/bin/bash', binaries });
    fs.rmSync(directory, { recursive: true });
    expect(programs.map(({ inView }) => path.basename(inView))).toEqual(['bash', 'ls']);
    expect(problems).toEqual([
      '"/usr/bin/../bin/ls" is not an absolute path.',
      '"/nosuch" is not a program on this machine.',
      '"/etc/passwd" is not a program on this machine.',
      expect.stringContaining('calculator" is an interpreter.') as string,
      expect.stringContaining('script" is a script, or for another kind of machine.') as string,
      expect.stringContaining('"/bin/sh" is a shell, which only the program of a profile can be.') as string,
    ]);
  });
});
