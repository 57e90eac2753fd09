import { claudeLaunch, type ClaudeToLaunch } from './claude-launch';

const ID = '12345678-1234-4234-8234-123456789abc';
const PROGRAM = '/opt/tools/claude';
const PLACES = {
  workspace: '/data/workspaces/p',
  home: '/data/claude/users/u/p/home',
  config: '/data/claude/users/u/p/config',
  tmp: '/data/claude/users/u/p/tmp',
  live: '/data/claude/users/u/p/live/s',
};
const SESSION: ClaudeToLaunch = {
  launcher: 'bubblewrap',
  program: PROGRAM,
  conversation: { id: ID, resume: false },
  token: 'hfc_token',
  baseUrl: 'http://127.0.0.1:4500',
  apiSocket: '/data/claude/run/api.sock',
  relayPort: 4003,
  places: PLACES,
  profileEnv: {},
};

const MANAGED = '/etc/claude-code/managed-settings.json';
const config = { source: PLACES.config, target: '/claude/config', writable: true };
const live = { source: PLACES.live, target: '/claude/live', writable: true };
const run = { source: '/data/claude/run', target: '/claude/run', writable: false };
const program = { source: PROGRAM, target: '/claude/bin/claude', writable: false };
const relay = { port: 4003, socket: '/claude/run/api.sock' };

it.each<[string, Partial<ClaudeToLaunch>, object]>([
  [
    'a new conversation begins by its id',
    {},
    {
      program: '/claude/bin/claude',
      args: ['--session-id', ID],
      seen: { workspace: '/workspace', live: '/claude/live' },
    },
  ],
  ['one that was there is resumed', { conversation: { id: ID, resume: true } }, { args: ['--resume', ID] }],
  ['its way to the API is a relay of its own, to a socket', {}, { mounts: [program, config, live, run], relay }],
  [
    'a program of the system is shown anyway',
    { program: '/usr/local/bin/claude' },
    { program: '/usr/local/bin/claude', mounts: [config, live, run] },
  ],
  [
    'a script keeps the ending by which it is known for a module',
    { program: '/opt/claude.mjs' },
    { program: '/claude/bin/claude.mjs' },
  ],
  [
    'where there is no sandbox everything is where it is',
    { launcher: 'uid' },
    {
      program: PROGRAM,
      files: [],
      relay: undefined,
      seen: { workspace: PLACES.workspace },
      env: expect.objectContaining({ HOME: PLACES.home, CLAUDE_CONFIG_DIR: PLACES.config }) as object,
    },
  ],
])('%s', (_, change, expected) => {
  expect({ relay: undefined, ...claudeLaunch({ ...SESSION, ...change }) }).toMatchObject(expected);
});

it('the environment holds the token, a way to show it, and nothing of the server', () => {
  expect(claudeLaunch({ ...SESSION, model: 'claude-haiku-4-5' }).env).toEqual({
    SHELL: '/bin/bash',
    CLAUDE_CONFIG_DIR: '/claude/config',
    CLAUDE_CODE_TMPDIR: '/tmp',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:4003',
    ANTHROPIC_AUTH_TOKEN: 'hfc_token',
    HOLDFAST_HOOK_TOKEN: 'hfc_token',
    CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_INSTALLATION_CHECKS: '1',
    CLAUDE_CODE_DISABLE_ALTERNATE_SCREEN: '1',
    ANTHROPIC_MODEL: 'claude-haiku-4-5',
  });
});

it('a proxy of the profile is not asked for the way to the server', () => {
  const { env } = claudeLaunch({ ...SESSION, profileEnv: { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.example' } });
  expect(env).toMatchObject({ NO_PROXY: '.example,127.0.0.1', no_proxy: '.example,127.0.0.1' });
});

it('no argument and no file holds the token: every user of the machine may see the arguments of a process', () => {
  for (const launcher of ['bubblewrap', 'uid', 'direct'] as const) {
    const { args, files, mounts } = claudeLaunch({ ...SESSION, launcher });
    expect(JSON.stringify({ args, files, mounts })).not.toContain('hfc_token');
  }
});

describe('policy', () => {
  const inSandbox = JSON.parse(claudeLaunch(SESSION).files[0]?.content ?? '') as Record<string, unknown>;
  const onMachine = claudeLaunch({ ...SESSION, baseUrl: 'http://127.0.0.1:4003', launcher: 'direct' }).args;

  it('is managed settings in a sandbox, and the strongest there is elsewhere', () => {
    expect(claudeLaunch(SESSION).files.map(({ target }) => target)).toEqual([MANAGED]);
    expect(onMachine.slice(0, 2)).toEqual(['--settings', JSON.stringify(inSandbox)]);
  });

  it('asks for permissions, keeps conversations, and fixes where the API is', () => {
    expect(inSandbox).toMatchObject({
      disableAutoMode: 'disable',
      permissions: { defaultMode: 'default', disableBypassPermissionsMode: 'disable' },
      env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:4003' },
      cleanupPeriodDays: 3650,
    });
  });

  it.each([
    ['PermissionRequest', 600],
    ['PreToolUse', 5],
    ['Stop', 5],
    ['SessionEnd', 5],
  ])('tells the server of %s, and waits %i seconds at most', (event, timeout) => {
    const hooks = inSandbox['hooks'] as Record<string, unknown>;
    expect(hooks[event]).toEqual([
      {
        hooks: [
          {
            type: 'http',
            url: 'http://127.0.0.1:4003/hooks',
            timeout,
            headers: { Authorization: 'Bearer $HOLDFAST_HOOK_TOKEN' },
            allowedEnvVars: ['HOLDFAST_HOOK_TOKEN'],
          },
        ],
      },
    ]);
  });
});
