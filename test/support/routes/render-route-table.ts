import { ROLES, ROUTE_TABLE } from './route-table';

const HEADING = `# Routes and roles

What every route of the API answers to whom. Bodies, answers and errors: \`/docs\` and \`/docs-json\` of a running server.

Written from \`test/support/routes/route-table.ts\` by \`node scripts/run.mjs scripts/write-route-table\`; \`test/security/routes.spec.ts\` makes every
one of these calls. A *viewer* is a member of the project who may only watch; a *stranger* is a member of other projects, for whom
what they may not see does not exist (404). *unenrolled* is an administrator who has no second factor yet, in production. Changes that need a fresh confirmation (\`POST /api/auth/step-up\`) answer 403 \`step_up_required\` without one. \`/metrics\`,
\`/stats\`, details of \`/health\` and \`/docs\` are shown here as they are asked from the machine itself outside production; elsewhere they
need an administrator's access token or \`METRICS_TOKEN\` (\`/docs\`: any access token).
`;

/** The text of `docs/api.md`. */
export function renderRouteTable(): string {
  const head = `| route | ${ROLES.join(' | ')} |\n|---|${'---|'.repeat(ROLES.length)}`;
  const rows = ROUTE_TABLE.map(
    ({ route, answers }) => `| \`${route}\` | ${ROLES.map((role) => answers[role]).join(' | ')} |`,
  );
  return `${HEADING}\n${head}\n${rows.join('\n')}\n`;
}
