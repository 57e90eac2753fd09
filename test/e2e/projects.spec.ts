import { AccessEvents } from '../../src/auth/access-events';
import { AccessTokens } from '../../src/auth/access-tokens';
import { ProjectsService } from '../../src/projects/projects.service';
import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually';
import { RestApplication } from '../support/rest-application';
import type { Tokens } from '../support/rest-client';

interface Project {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Far below the lifetime of a cached role. */
const ANNOUNCED_MS = 15_000;

describe('Projects', () => {
  let server: RestApplication;
  let [admin, alice, bob, eve]: Tokens[] = [];

  beforeAll(async () => {
    server = await RestApplication.start();
    admin = await server.login();
    alice = await server.loginAs('alice@test.local');
    bob = await server.loginAs('bob@test.local');
    eve = await server.loginAs('eve@test.local');
  });

  afterAll(() => server?.stop());

  const projects = () => server.app.get(ProjectsService);
  const as = (tokens: Tokens | undefined) => server.client(tokens);
  const principal = (tokens: Tokens | undefined) => server.app.get(AccessTokens).verify(tokens?.accessToken ?? '');

  /** A project of Alice's. */
  async function create(id: string): Promise<void> {
    expect((await as(alice).post('/api/projects', { id })).status).toBe(201);
  }

  it('begin with one named Default that belongs to the administrator', async () => {
    const { body } = await as(admin).get<Project>('/api/projects/default');
    expect(body).toMatchObject({ id: 'default', name: 'Default', role: 'owner' });
    expect((await as(alice).get('/api/projects/default')).body.code).toBe('project_not_found');
  });

  it('are made, renamed and deleted by their owner', async () => {
    const made = await as(alice).post<Project>('/api/projects', { id: 'made', name: 'Made' });
    expect(made.body).toMatchObject({ id: 'made', name: 'Made', role: 'owner', ownerId: alice?.user.id });
    expect((await as(alice).patch('/api/projects/made', { name: 'Renamed' })).body).toMatchObject({ name: 'Renamed' });
    expect((await as(bob).post('/api/projects', { id: 'made' })).body.code).toBe('conflict');
    expect((await as(alice).delete('/api/projects/made')).status).toBe(204);
    expect((await as(alice).get('/api/projects/made')).status).toBe(404);
  });

  it.each(['', 'a b', '../x', '..', 'a/b', 'ä', 'x'.repeat(129)])('have no id like %j', async (id) => {
    expect((await as(alice).post('/api/projects', { id })).body.code).toBe('bad_request');
    await expect(projects().ensure(principal(alice), id)).rejects.toMatchObject({ code: 'bad_request' });
  });

  it.each(['nope', '%00', '%27--', '..%2f..%2fetc'])('do not exist under %s, and nothing breaks', async (id) => {
    expect([400, 404]).toContain((await as(alice).get(`/api/projects/${id}`)).status);
  });

  it('are invisible to those who are no members, and visible to administrators', async () => {
    await create('secret');
    for (const answer of [
      await as(eve).get('/api/projects/secret'),
      await as(eve).patch('/api/projects/secret', { name: 'x' }),
      await as(eve).delete('/api/projects/secret'),
      await as(eve).get('/api/projects/secret/members'),
      await as(eve).put('/api/projects/secret/members/eve@test.local', { role: 'owner' }),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'project_not_found' } });
    }
    const { body } = await as(eve).get<Page<Project>>('/api/projects');
    expect(body.items.map(({ id }) => id)).not.toContain('secret');
    expect((await as(admin).get('/api/projects/secret')).status).toBe(200);
    await expect(projects().roleOf(principal(admin), 'secret')).resolves.toBe('owner');
    await expect(projects().roleOf(principal(eve), 'secret')).resolves.toBeUndefined();
  });

  it('are listed in pages', async () => {
    const tokens = await server.loginAs('many@test.local');
    for (const id of ['many-a', 'many-b', 'many-c']) await as(tokens).post('/api/projects', { id });
    const first = (await as(tokens).get<Page<Project>>('/api/projects?limit=2')).body;
    const second = (await as(tokens).get<Page<Project>>(`/api/projects?limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['many-a', 'many-b', 'many-c']);
    expect(second.nextCursor).toBeNull();
    expect((await as(tokens).get('/api/projects?limit=0')).status).toBe(400);
    expect((await as(tokens).get('/api/projects?cursor=%21')).status).toBe(400);
  });

  describe('members', () => {
    it('are added by id or e-mail address, and do what their role lets them', async () => {
      await create('shared');
      expect((await as(alice).put(`/api/projects/shared/members/BOB@test.local`, { role: 'viewer' })).status).toBe(200);
      expect((await as(bob).get<Project>('/api/projects/shared')).body.role).toBe('viewer');
      expect((await as(bob).patch('/api/projects/shared', { name: 'x' })).body.code).toBe('forbidden');
      expect((await as(bob).put('/api/projects/shared/members/eve@test.local', { role: 'viewer' })).status).toBe(403);
      await as(alice).put(`/api/projects/shared/members/${bob?.user.id}`, { role: 'writer' });
      await expect(projects().roleOf(principal(bob), 'shared')).resolves.toBe('writer');
      const { items } = (await as(bob).get<Page<{ email: string; role: string }>>('/api/projects/shared/members')).body;
      expect(items.map(({ email, role }) => `${email} ${role}`).sort()).toEqual([
        'alice@test.local owner',
        'bob@test.local writer',
      ]);
    });

    it('may leave, may be removed, and are gone then', async () => {
      await create('left');
      const heard: string[] = [];
      const subscription = server.app.get(AccessEvents).on('membership.changed', ({ userId, projectId }) => {
        heard.push(`${userId} ${projectId}`);
      });
      for (const who of ['bob@test.local', 'eve@test.local']) {
        await as(alice).put(`/api/projects/left/members/${who}`, { role: 'writer' });
      }
      expect((await as(bob).delete('/api/projects/left/members/eve@test.local')).status).toBe(403);
      expect((await as(bob).delete('/api/projects/left/members/bob@test.local')).status).toBe(204);
      expect((await as(alice).delete(`/api/projects/left/members/${eve?.user.id}`)).status).toBe(204);
      expect((await as(alice).delete(`/api/projects/left/members/${eve?.user.id}`)).body.code).toBe('not_found');
      expect((await as(bob).get('/api/projects/left')).status).toBe(404);
      subscription.dispose();
      const expected = [bob, eve, bob, eve].map((tokens) => `${tokens?.user.id} left`);
      expect(heard).toEqual(expected);
    });

    it('always include an owner', async () => {
      await create('owned');
      expect((await as(alice).delete('/api/projects/owned/members/alice@test.local')).body.code).toBe('conflict');
      const demote = await as(alice).put('/api/projects/owned/members/alice@test.local', { role: 'viewer' });
      expect(demote.body.code).toBe('conflict');
      await expect(projects().roleOf(principal(alice), 'owned')).resolves.toBe('owner');
    });

    it('must exist', async () => {
      await create('strict');
      const answer = await as(alice).put('/api/projects/strict/members/nobody@test.local', { role: 'viewer' });
      expect(answer.body.code).toBe('not_found');
      expect((await as(alice).put('/api/projects/strict/members/x', { role: 'king' })).status).toBe(400);
    });
  });

  it('take a role away on every node at once, cached or not', async () => {
    const other = await RestApplication.start({ env: { DATABASE_URL: server.databaseUrl } });
    const roleThere = () => other.app.get(ProjectsService).roleOf(principal(bob), 'shared-roles');
    await create('shared-roles');
    await as(alice).put('/api/projects/shared-roles/members/bob@test.local', { role: 'writer' });
    await eventually(async () => expect(await roleThere()).toBe('writer'));
    await as(alice).put('/api/projects/shared-roles/members/bob@test.local', { role: 'viewer' });
    await expect(projects().roleOf(principal(bob), 'shared-roles')).resolves.toBe('viewer');
    await eventually(async () => expect(await roleThere()).toBe('viewer'), ANNOUNCED_MS);
    await as(alice).delete('/api/projects/shared-roles');
    await eventually(async () => expect(await roleThere()).toBeUndefined(), ANNOUNCED_MS);
    await other.stop();
  });

  describe('opening a session', () => {
    it('makes the project, once, for twenty callers at the same time', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => projects().ensure(principal(alice), 'raced')));
      expect(all).toEqual(Array(20).fill('owner'));
      const rows = await server.app
        .get(DataSource)
        .query<unknown[]>(`SELECT FROM project_members WHERE project_id = 'raced'`);
      expect(rows).toHaveLength(1);
    });

    it('gives it to one of two users who race, and refuses the other', async () => {
      const callers = [alice, bob].map(principal);
      for (let round = 0; round < 5; round++) {
        const results = await Promise.allSettled(callers.map((caller) => projects().ensure(caller, `fight-${round}`)));
        const refused = results.filter((result) => result.status === 'rejected');
        expect(refused).toHaveLength(1);
        expect(refused[0]?.reason).toMatchObject({ code: 'forbidden' });
      }
    });

    it('lets administrators into every project', async () => {
      await create('visited');
      await expect(projects().ensure(principal(admin), 'visited')).resolves.toBe('owner');
    });
  });

  it('are not deleted while a session runs in them, and take their ended ones along', async () => {
    await create('busy');
    const sql = server.app.get(DataSource);
    await sql.query(
      `INSERT INTO sessions (id, project_id, owner_id, storage_key, gateway, profile, status, cols, rows)
       VALUES ('s', 'busy', $1, 's:busy', 'terminal', 'shell', 'running', 80, 24)`,
      [alice?.user.id],
    );
    expect((await as(alice).delete('/api/projects/busy')).body.code).toBe('conflict');
    await sql.query(`UPDATE sessions SET status = 'ended' WHERE id = 's'`);
    const deleted: string[] = [];
    server.app.get(AccessEvents).on('project.deleted', ({ projectId }) => deleted.push(projectId));
    expect((await as(alice).delete('/api/projects/busy')).status).toBe(204);
    expect(deleted).toEqual(['busy']);
    await expect(sql.query(`SELECT FROM sessions WHERE id = 's'`)).resolves.toEqual([]);
  });
});
