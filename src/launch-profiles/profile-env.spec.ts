import { refusalOfVariable } from './profile-env';

describe('the environment of a profile', () => {
  it.each([
    ...[
      'LD_PRELOAD',
      'LD_LIBRARY_PATH',
      'LD_AUDIT',
      'GLIBC_TUNABLES',
      'BASH_ENV',
      'ENV',
      'BASH_FUNC_ls%%',
      'BASH_FUNC_x',
    ],
    ...['PROMPT_COMMAND', 'PS1', 'PS4', 'IFS', 'SHELLOPTS', 'NODE_OPTIONS', 'PYTHONSTARTUP', 'PERL5OPT', 'RUBYOPT'],
    ...['GIT_SSH_COMMAND', 'GIT_EXEC_PATH', 'LESSOPEN', 'PATH', 'HOME', 'USER', 'SHELL', 'TERM', 'HOLDFAST_SESSION'],
    ...['', 'a b', '1X', 'X=Y', 'X\0Y', 'ÄÖ'],
  ])('has no %j', (name) => {
    expect(refusalOfVariable(name)).toBeDefined();
  });

  it.each(['EDITOR', 'PAGER', 'TZ', 'http_proxy', 'MY_PATH', 'LDFLAGS', 'GITHUB_USER'])('may have %s', (name) => {
    expect(refusalOfVariable(name)).toBeUndefined();
  });
});
