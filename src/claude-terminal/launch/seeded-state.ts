/**
 * The CLI's own state (`.claude.json`) with what keeps dialogs from coming before the prompt: their default answer to Enter is the
 * wrong one. Everything else stays as its user left it. Undefined: it says all that already. Throws for what is not JSON.
 */
export function seededState(existing: string | undefined, workspace: string): string | undefined {
  const state = objectOf(existing === undefined ? {} : JSON.parse(existing));
  const projects = objectOf(state['projects']);
  const project = objectOf(projects[workspace]);
  if (state['hasCompletedOnboarding'] === true && project['hasTrustDialogAccepted'] === true) return undefined;
  return JSON.stringify(
    {
      theme: 'dark',
      ...state,
      hasCompletedOnboarding: true,
      projects: { ...projects, [workspace]: { ...project, hasTrustDialogAccepted: true } },
    },
    null,
    2,
  );
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
