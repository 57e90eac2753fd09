import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { launchArguments } from '../../src/pty-host/keeper/launch-arguments';
import { NEEDS_NEWER_HOST } from '../../src/pty-host/wire/host-messages';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { ROOT } from '../support/root';
import { type TestServer, startServer } from '../support/server';
import { WireClient } from '../support/wire-client';

/** Where every launcher's self-test runs: in a link it cannot. */
function breakSelfTest(dataDir: string): () => void {
  const directory = path.join(dataDir, 'launcher/self-test');
  fs.mkdirSync(directory, { recursive: true });
  fs.symlinkSync('/etc', path.join(directory, 'workspace'));
  return () => undefined;
}

describe('the choice of a launcher', () => {
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('I-17: starts no terminal when the self-test of the named launcher fails, and says so to operators', async () => {
    server = await startServer({ TERMINAL_LAUNCHER: 'bubblewrap' }, { prepare: breakSelfTest });
    const api = await Api.login(server);
    const client = await WireClient.connect(server.terminalUrl, api.token);
    for (const channel of [1, 2]) {
      const answer = await client.tryOpen({ channel });
      expect(answer).toMatchObject({ event: 'error', data: { code: 'launcher_unavailable', retryable: false } });
    }
    expect((await api.request<{ items: unknown[] }>('GET', '/api/sessions')).body.items).toEqual([]);
    const { status, body } = await api.request<{ checks: Record<string, unknown> }>('GET', '/health');
    expect(status).toBe(200);
    expect(body.checks['launcher']).toMatchObject({
      status: 'degraded',
      launcher: 'none',
      selfTests: [{ launcher: 'bubblewrap', passed: false }],
    });
    expect(server.log).toContain('No terminal can be started.');
    client.terminate();
  });

  it('a command runs word for word, and another one when its terminal has ended', async () => {
    const ended = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-ended-'));
    const script = 'for word; do echo "<$word>"; done; exec bash --norc --noprofile';
    const command = ['/bin/bash', '-c', script, 'x', '{session}', 'p={project}', '$(id) {user}'];
    server = await startServer({
      TERMINAL_LAUNCHER: 'command',
      TERMINAL_COMMAND: JSON.stringify(command),
      TERMINAL_COMMAND_KILL: JSON.stringify(['/usr/bin/touch', `${ended}/{session}.{project}`]),
    });
    const api = await Api.login(server);
    const client = await WireClient.connect(server.terminalUrl, api.token);
    const { sessionId } = await client.open({ channel: 1 });
    await client.outputContains(1, `<${sessionId}>\r\n<p=default>\r\n<$(id) `);
    await api.request('DELETE', `/api/sessions/${sessionId}`);
    await eventually(() => expect(fs.readdirSync(ended)).toEqual([`${sessionId}.default`]));
    client.terminate();
    fs.rmSync(ended, { recursive: true });
  });

  it('a host of an earlier build fails a confined launch instead of running it freely', () => {
    const confinement = {
      program: '/bin/sh',
      args: ['-c', 'echo free'],
      descriptors: [],
      umask: 0o22,
      limits: { files: 64, fileBytes: 1, memoryBytes: 1 },
    };
    const launch = { program: NEEDS_NEWER_HOST, args: [], cwd: '/', env: {}, confinement };
    // What it does not know it does not see.
    const { confinement: _, ...known } = launch;
    const { status, stdout } = spawnSync(path.join(ROOT, 'dist/native/launcher'), launchArguments(known), {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 127, stdout: '' });
  });
});
