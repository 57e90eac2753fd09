/** A permission may wait for somebody who is at lunch; the CLI asks in the terminal meanwhile. */
const PERMISSION_TIMEOUT_S = 600;
/** Others only tell: the leader answers at once, and one that is away must not hold up the CLI. */
const HOOK_TIMEOUT_S = 5;
/** Conversations are kept as long as their project: the CLI's own default deletes them after 30 days. */
const CLEANUP_PERIOD_DAYS = 3650;

/** What `src/claude-terminal/status` learns from. SessionStart is not among them: the CLI never sends it by HTTP. */
export const HOOK_EVENTS = [
  'UserPromptSubmit',
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'PostToolBatch',
  'PermissionRequest',
  'PermissionDenied',
  'Notification',
  'Stop',
  'StopFailure',
  'SubagentStart',
  'SubagentStop',
  'PreCompact',
  'PostCompact',
  'SessionEnd',
] as const;

export const HOOKS_PATH = '/hooks';

/** The session's token, once more: measured with 2.1.329, the CLI gives no hook its own credential, whatever it is allowed. */
export const HOOK_TOKEN_VARIABLE = 'HOLDFAST_HOOK_TOKEN';

/** Policy of every Claude session. In a sandbox it is the CLI's managed settings, which nothing else overrides. */
export function managedSettings(baseUrl: string): Record<string, unknown> {
  return {
    cleanupPeriodDays: CLEANUP_PERIOD_DAYS,
    // Else it asks for permissions by a classifier, or asks whether to.
    disableAutoMode: 'disable',
    permissions: { defaultMode: 'default', disableBypassPermissionsMode: 'disable' },
    env: { ANTHROPIC_BASE_URL: baseUrl },
    hooks: Object.fromEntries(HOOK_EVENTS.map((event) => [event, [{ hooks: [hook(baseUrl, event)] }]])),
  };
}

function hook(baseUrl: string, event: (typeof HOOK_EVENTS)[number]): Record<string, unknown> {
  return {
    type: 'http',
    url: `${baseUrl}${HOOKS_PATH}`,
    timeout: event === 'PermissionRequest' ? PERMISSION_TIMEOUT_S : HOOK_TIMEOUT_S,
    headers: { Authorization: `Bearer $${HOOK_TOKEN_VARIABLE}` },
    allowedEnvVars: [HOOK_TOKEN_VARIABLE],
  };
}
