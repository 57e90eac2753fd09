import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

interface Usage {
  readonly workspace: { readonly bytes: number | null; readonly files: number; readonly full: boolean };
}

const ALICE = { email: 'alice@holdfast.local', password: 'a password of Alice' };
const MIB = 2 ** 20;

describe('paths, and what decides about them', () => {
  let server: TestServer;
  let admin: Api;
  let alice: Api;
  let client: WireClient;
  let channel = 0;

  beforeAll(async () => {
    server = await TestServer.start({ WORKSPACE_MAX_BYTES: String(MIB), ANTHROPIC_API_KEY: 'key-of-the-server' });
    admin = await Api.login(server);
    await admin.request('POST', '/api/admin/users', { ...ALICE, role: 'member' });
    alice = await Api.login(server, ALICE);
  });
  // A socket with a terminal of a project that is deleted is closed.
  beforeEach(async () => {
    client = await WireClient.connect(server.terminalUrl, alice.token);
  });
  afterEach(() => client.terminate());
  afterAll(() => server?.stop());

  const workspace = (projectId: string) => path.join(server.dataDir, 'workspaces', projectId);
  const open = (projectId: string, more: object = {}) => client.tryOpen({ channel: ++channel, projectId, ...more });
  const usage = async (projectId: string) =>
    (await alice.request<Usage>('GET', `/api/projects/${projectId}/usage`)).body.workspace;

  /** A terminal that runs, of a project of its own. */
  async function opened(projectId: string, more: object = {}): Promise<string> {
    const { event, data } = await open(projectId, more);
    if (event !== 'opened') throw new Error(JSON.stringify(data));
    return String(data['sessionId']);
  }

  async function end(sessionId: string): Promise<void> {
    await alice.request('DELETE', `/api/sessions/${sessionId}`);
    await eventually(async () => {
      const { body } = await alice.request('GET', `/api/sessions/${sessionId}`);
      if (body['status'] !== 'ended') throw new Error('it still runs');
    });
  }

  /** A session that was ended is still a running one in the database for a moment, and its project cannot be deleted. */
  async function deleteProject(projectId: string): Promise<void> {
    await eventually(async () => {
      const { status, body } = await alice.request('DELETE', `/api/projects/${projectId}`);
      if (status !== 204) throw new Error(JSON.stringify(body));
    });
    expect((await alice.request('GET', `/api/projects/${projectId}`)).status).toBe(404);
  }

  it('J-03: no id of a project leads out of the workspaces, however it is spelled', async () => {
    const before = fs.readdirSync(server.dataDir);
    const ids = ['../x', '..', '.', '..%2fx', '%2e%2e/x', '..\\x', 'a/b', '/etc', '~', '~root', 'x\u0000y', 'é'];
    for (const projectId of [...ids, 'a'.repeat(129), '\uff0e\uff0e/x', '..\u2215x']) {
      expect((await open(projectId)).data['code']).toMatch(/^bad_(request|frame)$/);
      const { status } = await alice.request('GET', `/api/projects/${encodeURIComponent(projectId)}/usage`);
      expect([400, 404]).toContain(status);
      expect([400, 404]).toContain((await alice.request('GET', `/api/projects/${projectId}/usage`)).status);
    }
    for (const projectId of ['...', '..a', 'a..b', '.hidden']) {
      await opened(projectId);
      expect(fs.statSync(workspace(projectId)).isDirectory()).toBe(true);
    }
    expect(fs.readdirSync(server.dataDir).filter((name) => !before.includes(name) && !NEW.has(name))).toEqual([]);
  });

  it('J-04: a workspace whose name begins like another one has nothing of it', async () => {
    await opened('p1');
    await opened('p10');
    fs.writeFileSync(path.join(workspace('p10'), 'file'), Buffer.alloc(300 * 1024, 1));
    await eventually(async () => expect((await usage('p10')).bytes).toBe(300 * 1024), 40_000);
    expect((await usage('p1')).files).toBe(0);
  });

  it('I-14, J-05: a workspace that was replaced by a link, or is one by the time, starts no terminal', async () => {
    for (const [projectId, target] of [
      ['linked', '/etc'],
      ['sibling', 'p10'],
      ['proc', '/proc/self/root'],
    ] as const) {
      await end(await opened(projectId));
      fs.rmdirSync(workspace(projectId));
      fs.symlinkSync(target, workspace(projectId));
      expect((await open(projectId)).data['code']).toBe('workspace_unusable');
      expect((await open(projectId)).data['message']).not.toContain(server.dataDir);
      fs.unlinkSync(workspace(projectId));
      await opened(projectId);
    }
    // The directory above them: as good as all of them.
    fs.renameSync(workspace(''), path.join(server.dataDir, 'elsewhere'));
    fs.symlinkSync('elsewhere', path.join(server.dataDir, 'workspaces'));
    expect((await open('linked')).data['code']).toBe('workspace_unusable');
    fs.unlinkSync(path.join(server.dataDir, 'workspaces'));
    fs.renameSync(path.join(server.dataDir, 'elsewhere'), workspace(''));
  });

  it('J-06, J-07: links, FIFOs and what an archive leaves are counted as themselves, and go without what they lead to', async () => {
    const outside = path.join(server.dataDir, `outside-${randomUUID()}`);
    fs.mkdirSync(outside);
    fs.writeFileSync(path.join(outside, 'precious'), Buffer.alloc(2 * MIB, 1));
    const sessionId = await opened('hostile');
    const inside = (name: string) => path.join(workspace('hostile'), name);
    fs.symlinkSync(outside, inside('link'));
    fs.symlinkSync('/proc/self/fd', inside('proc'));
    execFileSync('mkfifo', [inside('fifo')]);
    // Somebody unpacks what names a way out, and a link through which the next entry would be written.
    execFileSync('tar', [
      'cf',
      inside('slip.tar'),
      '-P',
      '--transform',
      's|^.*precious|../../slipped|',
      path.join(outside, 'precious'),
    ]);
    // It says no to such names, and exits with 2.
    spawnSync('tar', ['xf', inside('slip.tar'), '-C', workspace('hostile')], { stdio: 'ignore' });
    fs.unlinkSync(inside('slip.tar'));
    expect(fs.existsSync(path.join(server.dataDir, 'slipped'))).toBe(false);
    fs.rmSync(inside('slipped'), { force: true });
    fs.linkSync(path.join(outside, 'precious'), inside('hard'));
    fs.unlinkSync(inside('hard'));
    await eventually(async () => expect(await usage('hostile')).toMatchObject({ files: 3, full: false }), 40_000);
    await end(sessionId);
    fs.linkSync(path.join(outside, 'precious'), inside('hard'));
    await deleteProject('hostile');
    await eventually(() => expect(fs.existsSync(workspace('hostile'))).toBe(false));
    await eventually(() => expect(fs.readdirSync(path.join(server.dataDir, 'removed'))).toEqual([]));
    expect(fs.statSync(path.join(outside, 'precious')).size).toBe(2 * MIB);
  });

  it('gives the next project of the same name an empty workspace', async () => {
    await end(await opened('again'));
    fs.writeFileSync(path.join(workspace('again'), 'secret'), 'of the first owner');
    await deleteProject('again');
    const other = await WireClient.connect(server.terminalUrl, admin.token);
    expect((await other.tryOpen({ channel: 1, projectId: 'again' })).event).toBe('opened');
    expect(fs.readdirSync(workspace('again'))).toEqual([]);
    other.terminate();
  });

  it('starts no terminal in a full workspace, and does again when somebody made room', async () => {
    await opened('filled');
    fs.writeFileSync(path.join(workspace('filled'), 'large'), Buffer.alloc(2 * MIB, 1));
    await eventually(async () => expect((await usage('filled')).full).toBe(true), 40_000);
    expect((await open('filled')).data['code']).toBe('workspace_full');
    fs.unlinkSync(path.join(workspace('filled'), 'large'));
    await eventually(async () => expect((await usage('filled')).full).toBe(false), 40_000);
    expect((await open('filled')).event).toBe('opened');
  });

  it('J-12: argv, environment and directory of a terminal are not the client’s to say', async () => {
    const { event } = await open('own', {
      ...{ program: '/usr/bin/id', argv: ['-c', 'id'], args: ['--rcfile', '/etc/passwd'], cwd: '/etc' },
      env: { LD_PRELOAD: '/x.so', BASH_ENV: '/x', PATH: '/x', GIT_SSH: '/x', PROMPT_COMMAND: 'id', MARKER: 'mine' },
    });
    expect(event).toBe('opened');
    client.type(channel, 'env; pwd; echo the""-end\n');
    const output = (await client.outputContains(channel, 'the-end')).toString();
    for (const part of ['LD_PRELOAD', 'BASH_ENV', 'GIT_SSH', 'PROMPT_COMMAND', 'MARKER', 'PATH=/x', '\n/etc', 'uid=']) {
      expect(output).not.toContain(part);
    }
  });

  it('J-12: nor does a profile have variables that run something, and says why', async () => {
    for (const name of [
      'LD_PRELOAD',
      'BASH_ENV',
      'BASH_FUNC_ls%%',
      'NODE_OPTIONS',
      'GIT_SSH',
      'PATH',
      'ENV',
      'PS4',
      'PROMPT_COMMAND',
    ]) {
      const profile = { name: 'bad', program: '/bin/bash', env: { [name]: 'x' } };
      const { status, body } = await admin.request('POST', '/api/admin/profiles', profile);
      expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'bad_request' });
      expect(body['message']).toMatch(/variable .* is refused: /);
    }
    const unknown = { name: 'bad', program: '/bin/bash', cwd: '/etc' };
    expect((await admin.request('POST', '/api/admin/profiles', unknown)).status).toBe(400);
    const python = { name: 'bad', program: '/bin/bash', view: 'strict', binaries: [process.execPath] };
    expect((await admin.request('POST', '/api/admin/profiles', python)).body['message']).toContain('is an interpreter');
  });

  it('S-09: a key in a profile reaches the terminals of this profile, no other ones, and no list', async () => {
    const profile = {
      name: 'keyed',
      program: '/bin/bash',
      args: ['--norc'],
      network: 'host',
      env: { SERVICE_KEY: 'key-1' },
    };
    expect((await admin.request('POST', '/api/admin/profiles', profile)).status).toBe(201);
    expect((await open('keys', { profile: 'keyed' })).data['code']).toBe('profile_not_found');
    expect((await open('keys', { profile: 'nosuch' })).data['code']).toBe('profile_not_found');
    await admin.request('PUT', '/api/admin/profiles/keyed/assignments', { assignments: [{ projectId: 'keys' }] });
    const say = async (more: object) => {
      await opened('keys', more);
      client.type(channel, 'echo "[$SERVICE_KEY$ANTHROPIC_API_KEY]" the""-end\n');
      return (await client.outputContains(channel, 'the-end')).toString();
    };
    expect(await say({ profile: 'keyed' })).toContain('[key-1]');
    expect(await say({})).toContain('[] the-end');
    expect((await open('p1', { profile: 'keyed' })).data['code']).toBe('profile_not_found');
    const list = JSON.stringify((await alice.request('GET', '/api/projects/keys/profiles')).body);
    expect(list).toContain('keyed');
    expect(list).not.toContain('key-1');
    expect((await alice.request('GET', '/api/admin/profiles')).status).toBe(403);
  });

  it('refuses a strict profile where nothing can keep it, instead of running it freely', async () => {
    const profile = { name: 'closed', program: '/bin/bash', view: 'strict', binaries: ['/bin/ls'] };
    expect((await admin.request('POST', '/api/admin/profiles', profile)).status).toBe(201);
    const assignments = [{ projectId: 'p1', isDefault: true }];
    await admin.request('PUT', '/api/admin/profiles/closed/assignments', { assignments });
    expect((await open('p1')).data['code']).toBe('launcher_unavailable');
    expect((await open('p1', { profile: 'default' })).event).toBe('opened');
    await admin.request('PUT', '/api/admin/profiles/default/assignments', { assignments: [{ role: 'admin' }] });
    expect((await open('p1', { profile: 'default' })).data['code']).toBe('profile_not_found');
    await admin.request('PUT', '/api/admin/profiles/default/assignments', { assignments: [] });
    expect((await admin.request('DELETE', '/api/admin/profiles/closed')).status).toBe(204);
    expect((await open('p1')).event).toBe('opened');
  });
});

/** What the server makes in its data directory when it first needs it. */
const NEW = new Set(['workspaces', 'homes', 'workspace-marks', 'removed', 'launcher', 'outbox', 'audit', 'strict-tmp']);
