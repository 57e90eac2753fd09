import { spawn as spawnPty } from 'node-pty';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { ROOT } from '../support/root';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

jest.setTimeout(300_000);

let server: TestServer;
let api: Api;

beforeAll(async () => {
  // Terminals get time to move in a roll, as they have in an installation.
  server = await TestServer.start({ DRAIN_TIMEOUT_MS: '20000' }, { supervised: true });
  await server.gateways.settled();
  api = await Api.login(server);
});
afterAll(() => server?.stop());

function commandOf(name: string, ...args: readonly string[]): string[] {
  const { email, password } = server.admin;
  const credentials = ['--email', email, '--password', password];
  return [path.join(ROOT, `dist/scripts/${name}.js`), ...credentials, ...args];
}

function run(...command: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env['PATH'], DATA_DIR: server.dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

async function sessions(): Promise<{ id: string; status: string }[]> {
  return (await api.request<{ items: { id: string; status: string }[] }>('GET', '/api/sessions')).body.items;
}

describe('The reconnection tool', () => {
  it.each(['circuit-breaker', 'session-reuse', 'performance', 'legacy-ids', 'deploy'])(
    'finds nothing wrong in %s, and leaves nothing behind',
    async (scenario) => {
      const { code, output } = await run(
        ...commandOf('test-terminal-reconnection-fix', `--scenario=${scenario}`, '--runs=3'),
      );
      expect(output).toMatch(/ yes\n/);
      expect(output).toContain('Everything is as expected.');
      expect(code).toBe(0);
      expect(await sessions()).toEqual([]);
    },
  );

  it('says what is wrong, with an exit code', async () => {
    // No program rolls the server, so nothing moves.
    const { code, output } = await run(
      ...commandOf('test-terminal-reconnection-fix', '--scenario=deploy', '--url', server.baseUrl),
      '--restart-command=false',
    );
    expect(output).toMatch(/^the roll +done +false ended with 1 +NO$/m);
    expect(output).toMatch(/^the terminals moved to another process +yes +no: was there a roll\? +NO$/m);
    expect(output).toContain('2 checks failed.');
    expect(code).toBe(1);
  });

  it('says what it cannot do', async () => {
    const tool = 'test-terminal-reconnection-fix';
    const nowhere = ['--url', 'http://127.0.0.1:1'];
    expect(await run(...commandOf(tool, '--scenario=nonsense'))).toEqual({
      code: 1,
      output: 'There is no scenario nonsense.\n',
    });
    expect(await run(...commandOf(tool, ...nowhere))).toEqual({
      code: 1,
      output: 'Nothing answers at http://127.0.0.1:1.\n',
    });
    expect((await run(...commandOf(tool, '--password', 'wrong'))).output).toMatch(/^The login was refused: /);
    expect((await run(...commandOf(tool, '--data-dir', '/tmp'))).output).toMatch(/^No server runs in \/tmp; /);
  });
});

describe('clear-sessions', () => {
  let client: WireClient;
  let channels = 0;

  beforeAll(async () => {
    client = await WireClient.connect(server.terminalUrl, api.token);
  });
  afterAll(() => client?.close());

  async function session(): Promise<string> {
    return (await client.open({ channel: ++channels })).sessionId;
  }

  async function ended(): Promise<string> {
    const id = await session();
    client.type(channels, 'exit\r');
    await eventually(async () =>
      expect(await sessions()).toContainEqual(expect.objectContaining({ id, status: 'ended' })),
    );
    return id;
  }

  /** The host names the directory of a session after its storage key. */
  function directoryOf(id: string): string {
    return Buffer.from(`${id}:default`).toString('base64url');
  }

  function transcriptsOf(id: string): string[] {
    return fs
      .readdirSync(path.join(server.dataDir, 'host'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.includes(directoryOf(id)));
  }

  it('removes nothing that was not confirmed', async () => {
    const id = await ended();
    const { code, output } = await run(...commandOf('clear-sessions', '--all'));
    expect(output).toContain(`${id}  default  ended\n`);
    expect(output).toContain('This is no terminal to ask on: say --yes.\nNothing was removed.\n');
    expect(code).toBe(2);
    expect(await sessions()).toHaveLength(1);
  });

  it.each([
    ['no', 2, 1],
    ['\x04', 2, 1],
    ['yes', 0, 0],
  ])('asks at a terminal, and takes %j for an answer', async (answer, code, left) => {
    const terminal = spawnPty(process.execPath, commandOf('clear-sessions', '--all'), {
      env: { PATH: process.env['PATH'], DATA_DIR: server.dataDir },
    });
    let output = '';
    terminal.onData((text) => (output += text));
    const exit = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await eventually(() =>
      expect(output).toContain('Remove these 1 sessions (0 running) with their transcripts? Type yes: '),
    );
    terminal.write(answer === '\x04' ? answer : `${answer}\r`);
    expect(await exit).toBe(code);
    expect(await sessions()).toHaveLength(left);
  });

  it('leaves running sessions and what is younger than asked, and says when nothing is left', async () => {
    const running = await session();
    const gone = await ended();
    expect(transcriptsOf(gone)).not.toEqual([]);
    expect(await run(...commandOf('clear-sessions', '--yes', '--older-than=1'))).toEqual({
      code: 0,
      output: 'There is nothing to remove.\n',
    });
    const { code, output } = await run(...commandOf('clear-sessions', '--yes', '--url', server.baseUrl));
    expect({ code, output }).toEqual({ code: 0, output: `${gone}  default  ended\n1 removed, 0 failed.\n` });
    expect((await sessions()).map(({ id }) => id)).toEqual([running]);
    expect(transcriptsOf(gone)).toEqual([]);
  });

  it('ends with --all also what runs and prints, and removes records and transcripts', async () => {
    const flooding = await session();
    client.type(channels, "trap '' HUP; while :; do echo flood; sleep 0.01; done\r");
    await client.outputContains(channels, 'flood\r\n');
    const ids = (await sessions()).map(({ id }) => id);
    expect(ids).toContain(flooding);
    const { code, output } = await run(...commandOf('clear-sessions', '--all', '--yes'));
    expect(output).toContain(`${ids.length} removed, 0 failed.\n`);
    expect(code).toBe(0);
    expect(await sessions()).toEqual([]);
    for (const id of ids) expect(transcriptsOf(id)).toEqual([]);
    expect((await run(...commandOf('clear-sessions', '--all'))).output).toBe('There is nothing to remove.\n');
  });
});
