import path from 'node:path';
import { INNER_WORKSPACE } from '../../launchers/bubblewrap/sandbox-arguments';
import type { LaunchExtras, LaunchMount } from '../../launchers/launchers';
import { HOOK_TOKEN_VARIABLE, managedSettings } from './managed-settings';

/** What is known of a session when its CLI is started. */
export interface ClaudeToLaunch {
  readonly launcher: 'bubblewrap' | 'uid' | 'direct';
  /** Canonical. */
  readonly program: string;
  readonly conversation: { readonly id: string; readonly resume: boolean };
  readonly token: string;
  /** Of the API gateway, as its loopback listener has it: http://127.0.0.1:PORT. */
  readonly baseUrl: string;
  /** In a sandbox: on which loopback port its relay listens, so that nobody else can in its place and be shown the token. */
  readonly relayPort: number;
  /** Outside: the workspace, and what belongs to this user in this project. */
  readonly places: {
    readonly workspace: string;
    readonly home: string;
    readonly config: string;
    readonly tmp: string;
    readonly live: string;
  };
  /** Outside, the socket on which the API gateway listens, too; alone in its directory but for what anybody may see. */
  readonly apiSocket: string;
  readonly model?: string;
  /** Of the launch profile: the CLI and its tools get it, too. */
  readonly profileEnv: Readonly<Record<string, string>>;
}

/** The call of the CLI, and what it needs around it. */
export interface ClaudeCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly LaunchMount[];
  readonly files: LaunchExtras['files'];
  readonly relay?: LaunchExtras['relay'];
  /** The directory it works in, and the one of its processes where it has one of its own, as the CLI sees them. */
  readonly seen: { readonly workspace: string; readonly live?: string };
}

/** In a sandbox, on its read-only root, so that nobody puts a link where something is mounted. */
const INNER = {
  workspace: INNER_WORKSPACE,
  program: '/claude/bin/claude',
  config: '/claude/config',
  live: '/claude/live',
  run: '/claude/run',
  managedSettings: '/etc/claude-code/managed-settings.json',
} as const;

const PROXY = /^(https?|all)_proxy$/i;
const LOOPBACK = '127.0.0.1';

/** From a session to argv, environment and files. Reads nothing and starts nothing. */
export function claudeLaunch(session: ClaudeToLaunch): ClaudeCall {
  return session.launcher === 'bubblewrap' ? inSandbox(session) : onMachine(session);
}

function inSandbox(session: ClaudeToLaunch): ClaudeCall {
  const { program: outside, places, relayPort: port, apiSocket } = session;
  const baseUrl = `http://127.0.0.1:${port}`;
  // All of /usr is shown anyway.
  const program = outside.startsWith('/usr/') ? outside : `${INNER.program}${scriptEnding(outside)}`;
  return {
    program,
    args: conversationArguments(session),
    // Its own /tmp goes with it.
    env: environment({ ...session, baseUrl }, { config: INNER.config, tmp: '/tmp' }),
    mounts: [
      ...(program === outside ? [] : [{ source: outside, target: program, writable: false }]),
      { source: places.config, target: INNER.config, writable: true },
      { source: places.live, target: INNER.live, writable: true },
      // The directory, not the socket: the next leader makes a new one.
      { source: path.dirname(apiSocket), target: INNER.run, writable: false },
    ],
    files: [{ target: INNER.managedSettings, content: JSON.stringify(managedSettings(baseUrl)) }],
    relay: { port, socket: `${INNER.run}/${path.basename(apiSocket)}` },
    seen: { workspace: INNER.workspace, live: INNER.live },
  };
}

/** Weaker: what a project's settings say can still switch the hooks off, and whoever runs as the same user reads everything. */
function onMachine(session: ClaudeToLaunch): ClaudeCall {
  const { program, places, baseUrl } = session;
  return {
    program,
    args: ['--settings', JSON.stringify(managedSettings(baseUrl)), ...conversationArguments(session)],
    env: { ...environment(session, places), HOME: places.home },
    // Nothing is mounted; they are given to the user it runs as.
    mounts: [places.config, places.tmp].map((place) => ({ source: place, target: place, writable: true })),
    files: [],
    seen: { workspace: places.workspace },
  };
}

function conversationArguments({ conversation: { id, resume } }: ClaudeToLaunch): string[] {
  return [resume ? '--resume' : '--session-id', id];
}

function environment(
  { baseUrl, token, model, profileEnv }: ClaudeToLaunch,
  { config, tmp }: { readonly config: string; readonly tmp: string },
): Record<string, string> {
  return {
    SHELL: '/bin/bash',
    CLAUDE_CONFIG_DIR: config,
    CLAUDE_CODE_TMPDIR: tmp,
    ANTHROPIC_BASE_URL: baseUrl,
    // A bearer token: no dialog asks about it, unlike about a key.
    ANTHROPIC_AUTH_TOKEN: token,
    [HOOK_TOKEN_VARIABLE]: token,
    // Settings of a project cannot send the token elsewhere.
    CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    // It was installed by whoever runs the server, and cannot be repaired from a session.
    DISABLE_INSTALLATION_CHECKS: '1',
    // Its output stays in the scrollback, where phones and viewers who may not type can read it.
    CLAUDE_CODE_DISABLE_ALTERNATE_SCREEN: '1',
    ...(model !== undefined && { ANTHROPIC_MODEL: model }),
    ...aroundProxies(profileEnv),
  };
}

/** A proxy is for what its tools fetch: the CLI would show it the token, even on the way to this machine's own loopback. */
function aroundProxies(profileEnv: Readonly<Record<string, string>>): Record<string, string> {
  if (!Object.keys(profileEnv).some((name) => PROXY.test(name))) return {};
  const known = profileEnv['NO_PROXY'] ?? profileEnv['no_proxy'];
  const direct = known === undefined ? LOOPBACK : `${known},${LOOPBACK}`;
  return { NO_PROXY: direct, no_proxy: direct };
}

/** By which a script is known for a module. */
function scriptEnding(file: string): string {
  return /\.[cm]?js$/.exec(file)?.[0] ?? '';
}
