const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

const LOADS = 'it makes programs load or run something before they begin';
const OURS = 'the server sets it for every terminal';
const SHELL = 'it makes a shell run or skip commands nobody sees';

/** Names a profile may not set, with the reason, in the order they are looked at. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^LD_|^DYLD_|^GLIBC_TUNABLES$|^GCONV_PATH$|^NLSPATH$|^LOCPATH$|^MALLOC_/, LOADS],
  [/^BASH_ENV$|^ENV$|^BASH_FUNC_|^PROMPT_COMMAND$|^PS[0-9]$|^SHELLOPTS$|^BASHOPTS$|^IFS$|^CDPATH$|^ZDOTDIR$/, SHELL],
  [/^NODE_|^PYTHON|^PERL|^RUBY|^JAVA_TOOL_OPTIONS$|^_JAVA_OPTIONS$|^JDK_|^LUA_/, LOADS],
  [/^GIT_|^SSH_ASKPASS|^LESSOPEN$|^LESSCLOSE$|^MANPAGER$|^TERMINFO/, 'it names programs or files that others run'],
  [/^PATH$|^HOME$|^USER$|^LOGNAME$|^SHELL$|^TERM$|^COLORTERM$|^TERM_PROGRAM$|^LANG$|^HOLDFAST_/, OURS],
];

/** Why a profile may not have an environment variable of this name; undefined = it may. */
export function refusalOfVariable(name: string): string | undefined {
  if (!NAME.test(name)) return 'it is not the name of a variable';
  return REFUSED.find(([pattern]) => pattern.test(name))?.[1];
}
