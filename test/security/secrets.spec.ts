import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { eventually } from '../support/eventually';
import { ROOT } from '../support/root';
import { startServer, type TestServer } from '../support/server';

const MAIN = path.join(ROOT, 'dist/src/main.js');

/** Runs the server until it gives up, which it does before it touches anything. */
async function start(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [MAIN], {
    cwd: '/tmp',
    env: { PATH: process.env['PATH'], DATA_DIR: '/nonexistent/holdfast', PORT: '0', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

/** A host that is only just starting would be overlooked. */
async function stop(server: TestServer): Promise<void> {
  await eventually(() => server.brokerPid);
  await server.stop();
}

describe('Secrets', () => {
  it('A-13: stop the start of a production server when they are weak, short or well known, all in one list', async () => {
    const weak = {
      JWT_SECRET: 'change-me-change-me-change-me-change-me',
      SECRETS_KEY: 'secretsecretsecretsecretsecretsecret',
      METRICS_TOKEN: 'metrics-token-123',
      ADMIN_PASSWORD: 'changeme1234',
      DATABASE_URL: 'postgres://postgres:postgres@127.0.0.1:1/app',
      REDIS_URL: 'redis://:foobared@127.0.0.1:1',
    };
    const { code, output } = await start({ NODE_ENV: 'production', ...weak });
    expect(code).toBe(1);
    const [heading, ...problems] = output.trimEnd().split('\n');
    expect(heading).toBe('The configuration is not valid:');
    expect(problems.map((line) => line.trim().split(' ')[0])).toEqual(Object.keys(weak));
    for (const secret of ['change-me', 'secretsecret', 'metrics-token', 'changeme', 'foobared']) {
      expect(output).not.toContain(secret);
    }
  });

  it('A-13: stop the start of any server when they are too short', async () => {
    const { code, output } = await start({
      JWT_SECRET: 'secret',
      SECRETS_KEY: `${'x'.repeat(40)},short`,
      METRICS_TOKEN: 'x',
    });
    expect(code).toBe(1);
    expect(output.match(/^ {2}\w+/gm)).toEqual(['  JWT_SECRET', '  SECRETS_KEY', '  METRICS_TOKEN']);
  });

  it('are generated where they are missing, each into a file that only the server may read', async () => {
    const server = await startServer();
    try {
      const directory = path.join(server.dataDir, 'secrets');
      expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
      const names = fs.readdirSync(directory);
      expect(names).toEqual(expect.arrayContaining(['jwt', 'sealing']));
      for (const name of names) {
        const file = path.join(directory, name);
        expect([name, fs.statSync(file).mode & 0o777]).toEqual([name, 0o600]);
        expect(fs.readFileSync(file, 'utf8').trim().length).toBeGreaterThanOrEqual(43);
      }
    } finally {
      await stop(server);
    }
  });

  it('A-13: let a production server start when they are strong, or none is given', async () => {
    const server = await startServer({ NODE_ENV: 'production', JWT_SECRET: randomBytes(48).toString('base64') });
    await stop(server);
  });
});
