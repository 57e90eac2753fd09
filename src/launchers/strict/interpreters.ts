/**
 * What has no place among the programs of a strict profile, by the name of the file without its version. An interpreter runs
 * instructions that no list has seen: it calls the system as it likes, and then the sandbox is the boundary, not the list. The other
 * groups make the list say less than it seems to.
 */
const REFUSED = {
  'is an interpreter': [
    ...[
      'python',
      'pypy',
      'micropython',
      'perl',
      'ruby',
      'irb',
      'jruby',
      'php',
      'lua',
      'luajit',
      'tclsh',
      'wish',
      'expect',
    ],
    ...['node', 'nodejs', 'deno', 'bun', 'qjs', 'java', 'jshell', 'jjs', 'groovy', 'scala', 'kotlin', 'dotnet', 'mono'],
    ...['R', 'Rscript', 'julia', 'octave', 'ghci', 'runghc', 'ocaml', 'erl', 'escript', 'elixir', 'iex', 'swipl'],
    ...['guile', 'sbcl', 'clisp', 'ecl', 'racket', 'emacs', 'nvim', 'tcc', 'bpftrace'],
  ],
  'changes the memory of other programs': ['gdb', 'gdbserver', 'lldb', 'rr', 'perf'],
  'is many programs in one file': ['busybox', 'toybox', 'coreutils', 'uutils'],
  'starts whatever it is told': ['env', 'xargs', 'ld.so', 'ld-linux', 'ld-musl', 'sudo', 'su', 'doas', 'pkexec'],
} as const;

/** They run what they are told, too, but cannot leave the list: a shell calls nothing by itself. Only as the program of a profile. */
const SHELLS = ['bash', 'rbash', 'sh', 'dash', 'zsh', 'ksh', 'mksh', 'fish', 'yash'];

/** Interpreters inside other programs: vim has builds with Python, Perl, Ruby, Lua and Tcl in it. */
const EMBEDDED = /^lib(python|perl|ruby|lua|luajit|tcl|guile|php|node|mozjs|v8|jvm)[-\d.]*.*\.so/;

/** python3.11 is python, ld-linux-x86-64.so.2 is ld-linux, vim.nox is vim. */
const VERSION = /[-.]?\d[\w.-]*$/;

export type ProgramUse = 'program' | 'binary';

/** Why a file of this name is refused; undefined = it is not. */
export function refusalOfName(name: string, use: ProgramUse): string | undefined {
  const plain = name.startsWith('ld-linux')
    ? 'ld-linux'
    : name.startsWith('ld-musl')
      ? 'ld-musl'
      : name.replace(VERSION, '');
  if ([name, plain].some((candidate) => SHELLS.includes(candidate))) {
    return use === 'program' ? undefined : 'is a shell, which only the program of a profile can be';
  }
  return Object.entries(REFUSED).find(([, names]) => [name, plain].some((candidate) => isIn(names, candidate)))?.[0];
}

/** Why a program with these libraries is refused. */
export function refusalOfLibraries(libraries: readonly string[]): string | undefined {
  const embedded = libraries.map((file) => file.replace(/^.*\//, '')).find((name) => EMBEDDED.test(name));
  return embedded && `has an interpreter in it (${embedded})`;
}

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
