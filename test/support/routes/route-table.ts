import type { World } from './world';

/**
 * Who calls. A viewer is a member of the project who may only watch; a stranger is a member of other projects; `unenrolled` is an
 * administrator without a second factor in production.
 */
export const ROLES = ['anonymous', 'member', 'stranger', 'viewer', 'admin', 'unenrolled'] as const;
export type Role = (typeof ROLES)[number];

export interface RouteCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
}

export interface RouteRow {
  /** As Express has it: `GET /api/projects/:id`. */
  readonly route: string;
  readonly answers: Readonly<Record<Role, number>>;
  /** What is called, made anew for every call, so that what one role deletes is there for the next. */
  readonly call: (world: World, role: Role) => RouteCall | Promise<RouteCall>;
}

type Statuses = readonly [anonymous: number, member: number, stranger: number, viewer: number, admin: number];

function row(route: string, statuses: Statuses, call: RouteRow['call'] = () => ({}), unenrolled?: number): RouteRow {
  const [anonymous, member, stranger, viewer, admin] = statuses;
  // Whoever has to enroll first is refused where a login is needed, and is nobody elsewhere.
  const ofUnenrolled = unenrolled ?? (anonymous === 401 ? 403 : anonymous);
  return { route, answers: { anonymous, member, stranger, viewer, admin, unenrolled: ofUnenrolled }, call };
}

const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

const everybody = (status: number): Statuses => [status, status, status, status, status];
const loggedIn = (status: number): Statuses => [401, status, status, status, status];
const adminOnly = (status: number): Statuses => [401, 403, 403, 403, status];

const inProject = ({ project }: World): RouteCall => ({ params: { id: project } });
const onSession = ({ session }: World): RouteCall => ({ params: { id: session } });

function passwordOf(role: Role): 'admin' | 'member' | 'stranger' | 'viewer' {
  return role === 'anonymous' ? 'member' : role === 'unenrolled' ? 'admin' : role;
}

const AUTH: readonly RouteRow[] = [
  row('POST /api/auth/login', everybody(200), ({ credentials }, role) => ({
    body: credentials[role === 'unenrolled' ? 'admin' : 'member'],
  })),
  // The last one asks another server, which knows nothing of this token.
  row(
    'POST /api/auth/refresh',
    everybody(200),
    async (world) => ({ body: { refreshToken: (await world.login('member')).refreshToken } }),
    401,
  ),
  row('POST /api/auth/logout', loggedIn(204), undefined, 204),
  row('POST /api/auth/password', loggedIn(401), () => ({
    body: { currentPassword: 'not this one', newPassword: 'long enough for this' },
  })),
  row(
    'POST /api/auth/password-reset',
    everybody(401),
    () => ({ body: { token: 'never issued', newPassword: 'long enough for this' } }),
    401,
  ),
  row('GET /api/auth/me', loggedIn(200), undefined, 200),
  row(
    'POST /api/auth/step-up',
    loggedIn(200),
    ({ credentials }, role) => ({ body: { password: credentials[passwordOf(role)].password } }),
    200,
  ),
  row('GET /api/auth/totp', loggedIn(200), undefined, 200),
  row('POST /api/auth/totp/enroll', loggedIn(200), undefined, 200),
  row('POST /api/auth/totp/confirm', loggedIn(401), () => ({ body: { code: '000000' } }), 401),
  row('POST /api/auth/totp/recovery-codes', loggedIn(409)),
  row('DELETE /api/auth/totp', loggedIn(204)),
  row('GET /api/auth/banner', everybody(200)),
  row('POST /api/auth/ws-ticket', loggedIn(200)),
];

const PROJECTS: readonly RouteRow[] = [
  row('GET /api/projects', loggedIn(200)),
  row('POST /api/projects', loggedIn(201)),
  row('GET /api/projects/:id', [401, 200, 404, 200, 200], inProject),
  row('PATCH /api/projects/:id', [401, 200, 404, 403, 200], (world) => ({ ...inProject(world), body: { name: 'P' } })),
  row('DELETE /api/projects/:id', [401, 204, 404, 403, 204], async (world) => ({
    params: { id: await world.freshProject() },
  })),
  row('GET /api/projects/:id/profiles', [401, 200, 404, 200, 200], inProject),
  row('GET /api/projects/:id/usage', [401, 200, 404, 200, 200], inProject),
  row('GET /api/projects/:id/members', [401, 200, 404, 200, 200], inProject),
  row('PUT /api/projects/:id/members/:user', [401, 200, 404, 403, 200], ({ project, ids }) => ({
    params: { id: project, user: ids.viewer },
    body: { role: 'viewer' },
  })),
  row('DELETE /api/projects/:id/members/:user', [401, 204, 404, 403, 204], async (world) => ({
    params: { id: await world.freshProject(), user: world.ids.second },
  })),
];

const SESSIONS: readonly RouteRow[] = [
  row('GET /api/sessions', loggedIn(200)),
  row('GET /api/sessions/search', loggedIn(200), () => ({ query: 'q=nothing' })),
  row('GET /api/sessions/:id', [401, 200, 404, 200, 200], onSession),
  row('PATCH /api/sessions/:id', [401, 200, 404, 403, 200], (world) => ({ ...onSession(world), body: { keep: true } })),
  row('DELETE /api/sessions/:id', [401, 204, 404, 403, 204], async (world) => ({
    params: { id: await world.freshSession() },
  })),
  row('PUT /api/sessions/:id/size', [401, 204, 404, 403, 204], (world) => ({
    ...onSession(world),
    body: { cols: 80, rows: 24 },
  })),
  row('POST /api/sessions/:id/input', [401, 200, 404, 403, 403], (world) => ({
    ...onSession(world),
    body: { data: '\n' },
  })),
  row('GET /api/sessions/:id/output', [401, 200, 404, 200, 403], onSession),
  row('GET /api/sessions/:id/screen', [401, 200, 404, 200, 403], onSession),
  row('GET /api/sessions/:id/recording', [401, 200, 404, 200, 403], onSession),
  row('GET /api/sessions/:id/events', [401, 200, 404, 200, 200], onSession),
];

/** Not allowed by anybody here, so who may ask is refused as well. */
const SUGGESTIONS: readonly RouteRow[] = [
  row('GET /api/suggestions', loggedIn(200)),
  row('PUT /api/suggestions', loggedIn(200), () => ({ body: { on: false } })),
  row('POST /api/suggestions', loggedIn(403), ({ session }) => ({ body: { sessionId: session, line: '' } })),
];

/** An administrator looks at what terminals say openly (`watch`), and shares nothing of others. */
const SHARING: readonly RouteRow[] = [
  row('GET /api/sessions/:id/shares', [401, 200, 404, 403, 200], onSession),
  row('POST /api/sessions/:id/shares', [401, 201, 404, 403, 403], (world) => ({
    ...onSession(world),
    body: { access: 'view', expiresInSeconds: 600 },
  })),
  row('DELETE /api/sessions/:id/shares/:share', [401, 404, 404, 403, 404], ({ session }) => ({
    params: { id: session, share: UNKNOWN_ID },
  })),
  row('GET /api/shares', loggedIn(200)),
  row('POST /api/shares/redeem', loggedIn(404), () => ({ body: { token: 'never issued' } })),
  row('GET /api/sessions/:id/viewers', [401, 200, 404, 200, 200], onSession),
  row('DELETE /api/sessions/:id/viewers/:user', [401, 404, 404, 403, 404], ({ session }) => ({
    params: { id: session, user: UNKNOWN_ID },
  })),
];

const ADMIN: readonly RouteRow[] = [
  row('GET /api/admin/users', adminOnly(200)),
  row('POST /api/admin/users', adminOnly(201), (world) => ({
    body: { email: world.freshEmail(), password: 'a long enough password' },
  })),
  row('GET /api/admin/users/:id', adminOnly(200), ({ ids }) => ({ params: { id: ids.second } })),
  row('PATCH /api/admin/users/:id', adminOnly(200), ({ ids }) => ({
    params: { id: ids.second },
    body: { disabled: false },
  })),
  row('POST /api/admin/users/:id/reset-password', adminOnly(200), ({ ids }) => ({ params: { id: ids.second } })),
  row('POST /api/admin/users/:id/reset-two-factor', adminOnly(204), ({ ids }) => ({ params: { id: ids.second } })),
  row('GET /api/admin/users/:id/logins', adminOnly(200), ({ ids }) => ({ params: { id: ids.second } })),
  row('DELETE /api/admin/users/:id/logins', adminOnly(204), ({ ids }) => ({ params: { id: ids.second } })),
  row('DELETE /api/admin/users/:id/logins/:login', adminOnly(404), ({ ids }) => ({
    params: { id: ids.second, login: UNKNOWN_ID },
  })),
  row('GET /api/admin/projects', adminOnly(200)),
  row('POST /api/admin/projects', adminOnly(201), ({ ids }) => ({ body: { name: 'Made', ownerId: ids.second } })),
  row('GET /api/admin/projects/:id', adminOnly(200), inProject),
  row('PATCH /api/admin/projects/:id', adminOnly(200), (world) => ({ ...inProject(world), body: { name: 'P' } })),
  row('DELETE /api/admin/projects/:id', adminOnly(204), async (world) => ({
    params: { id: await world.freshProject() },
  })),
  row('GET /api/admin/projects/:id/members', adminOnly(200), inProject),
  row('PUT /api/admin/projects/:id/members/:user', adminOnly(200), ({ project, ids }) => ({
    params: { id: project, user: ids.viewer },
    body: { role: 'viewer' },
  })),
  row('DELETE /api/admin/projects/:id/members/:user', adminOnly(204), async (world) => ({
    params: { id: await world.freshProject(), user: world.ids.second },
  })),
  row('GET /api/admin/sessions', adminOnly(200)),
  row('GET /api/admin/sessions/:id', adminOnly(200), onSession),
  row('POST /api/admin/sessions/:id/terminate', adminOnly(204), async (world) => ({
    params: { id: await world.freshSession() },
    body: { reason: 'It is late.' },
  })),
  row('POST /api/admin/sessions/:id/watch', adminOnly(200), (world) => ({
    ...onSession(world),
    body: { seconds: 60 },
  })),
  row('DELETE /api/admin/sessions/:id/watch', adminOnly(204), onSession),
  row('GET /api/admin/audit', adminOnly(200)),
  row('GET /api/admin/audit/export', adminOnly(200)),
  row('GET /api/admin/circuit-breakers', adminOnly(200)),
  row('POST /api/admin/circuit-breakers/:name/reset', adminOnly(200), () => ({ params: { name: 'redis' } })),
  row('GET /api/admin/alerts', adminOnly(200)),
  row('GET /api/admin/nodes', adminOnly(200)),
  // Nobody would take over from a gateway that runs alone.
  row('POST /api/admin/nodes/:name/drain', adminOnly(409), ({ nodeName }) => ({ params: { name: nodeName } })),
  row('GET /api/admin/profiles', adminOnly(200)),
  row('POST /api/admin/profiles', adminOnly(201), () => ({ body: { name: 'table', program: '/bin/bash' } })),
  row('GET /api/admin/profiles/:name', adminOnly(200), () => ({ params: { name: 'default' } })),
  row('PATCH /api/admin/profiles/:name', adminOnly(404), () => ({ params: { name: 'nosuch' }, body: {} })),
  row('DELETE /api/admin/profiles/:name', adminOnly(404), () => ({ params: { name: 'nosuch' } })),
  row('PUT /api/admin/profiles/:name/assignments', adminOnly(200), () => ({
    params: { name: 'default' },
    body: { assignments: [] },
  })),
  row('GET /api/admin/claude/usage', adminOnly(200)),
  row('GET /api/admin/claude/budgets', adminOnly(200)),
  row('PUT /api/admin/claude/budgets/users/:id', adminOnly(204), ({ ids }) => ({
    params: { id: ids.member },
    body: { dailyUsd: 'unlimited' },
  })),
  row('DELETE /api/admin/claude/budgets/users/:id', adminOnly(404), () => ({ params: { id: UNKNOWN_ID } })),
  row('PUT /api/admin/claude/budgets/projects/:id', adminOnly(204), (world) => ({
    ...inProject(world),
    body: { dailyUsd: 'unlimited' },
  })),
  row('DELETE /api/admin/claude/budgets/projects/:id', adminOnly(404), () => ({ params: { id: 'nosuch' } })),
  row('GET /api/admin/settings', adminOnly(200)),
  row('PATCH /api/admin/settings', adminOnly(200), () => ({ body: { loginBanner: null } })),
];

const CLAUDE: readonly RouteRow[] = [
  row('GET /api/claude/sessions', loggedIn(200)),
  // The session of the table is a shell.
  row('POST /api/sessions/:id/claude/continue', [401, 400, 404, 403, 403], onSession),
  row('POST /api/sessions/:id/claude/dismiss', [401, 400, 404, 403, 403], onSession),
  row('POST /api/sessions/:id/claude/hibernate', [401, 400, 404, 403, 403], onSession),
  row('POST /api/claude/permissions/:id/answer', loggedIn(404), () => ({
    params: { id: UNKNOWN_ID },
    body: { decision: 'allow' },
  })),
  row('GET /api/claude', loggedIn(200)),
  row('GET /api/claude/usage', loggedIn(200)),
];

/** Asked from this machine: outside production everybody here is an operator. */
const OPERATIONS: readonly RouteRow[] = [
  row('GET /health', everybody(200)),
  row('GET /health/live', everybody(200)),
  row('GET /health/ready', everybody(200)),
  row('GET /health/startup', everybody(200)),
  row('GET /metrics', everybody(200), undefined, 403),
  row('GET /stats/sessions', everybody(200), undefined, 403),
  row('GET /stats/circuit-breaker', everybody(200), undefined, 403),
];

/** Every route of the API, and what each role is answered. */
export const ROUTE_TABLE: readonly RouteRow[] = [
  ...AUTH,
  ...PROJECTS,
  ...SESSIONS,
  ...SUGGESTIONS,
  ...SHARING,
  ...ADMIN,
  ...CLAUDE,
  ...OPERATIONS,
];
