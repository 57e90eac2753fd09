import fs from 'node:fs';
import path from 'node:path';
import { renderEnvExample } from './env-example';
import { ConfigError, type Environment, loadConfig } from './environment';
import { VARIABLES } from './variables';

const MACHINE = { hostName: 'box', workingDirectory: '/srv/app', searchPath: '/usr/bin', loginShell: () => '/bin/zsh' };

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env, MACHINE);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing', () => {
    expect(loadConfig({}, MACHINE)).toMatchObject({
      nodeName: 'box',
      host: '127.0.0.1',
      ports: { http: 4110, terminal: 4001, claude: 4002 },
      dataDir: '/srv/app/data',
      database: { url: undefined, poolSize: 20 },
      access: { allowedOrigins: [], allowedHosts: ['localhost', '127.0.0.1', '[::1]'], proxyHops: 0 },
      sessions: { maxPerProject: 10, snapshotScrollbackLines: 500 },
      shell: { program: '/bin/zsh' },
      circuitBreaker: { threshold: 5, windowMs: 60_000, resetTimeoutMs: 30_000 },
    });
  });

  it('takes values from the environment and takes empty ones for absent', () => {
    const config = loadConfig(
      {
        PORT: '0',
        DATA_DIR: '/var/lib/holdfast',
        DATABASE_URL: 'postgresql://u:p@db/app',
        REDIS_URL: '',
        ALLOWED_ORIGINS: 'https://a.example, https://b.example:8443',
        ALLOWED_HOSTS: 'Term.Example, [::1]',
        TRUST_PROXY: 'true',
        HOST: '::',
      },
      MACHINE,
    );
    expect(config.ports.http).toBe(0);
    expect(config.dataDir).toBe('/var/lib/holdfast');
    expect(config.database.url).toBe('postgresql://u:p@db/app');
    expect(config.redisUrl).toBeUndefined();
    expect(config.access).toEqual({
      allowedOrigins: ['https://a.example', 'https://b.example:8443'],
      allowedHosts: ['term.example', '[::1]'],
      proxyHops: 1,
    });
  });

  it('reports every problem at once, each in a sentence that names its variable', () => {
    const problems = problemsOf({
      PORT: '70000',
      WS_TERMINAL_PORT: 'auto',
      DATABASE_URL: 'mysql://db/app',
      LOG_LEVEL: 'loud',
      ALLOWED_ORIGINS: 'https://a.example/path',
      ALLOWED_HOSTS: 'a.example:80',
      TRUST_PROXY: 'maybe',
      SESSION_MAX_PER_PROJECT: '0',
      SHELL_PROGRAM: 'bash',
    });
    expect(problems).toEqual([
      'PORT must be a whole number from 0 to 65535, but is "70000".',
      'WS_TERMINAL_PORT must be a whole number from 0 to 65535, but is "auto".',
      'DATABASE_URL must be a URL that starts with postgres:// or postgresql://.',
      'ALLOWED_ORIGINS must be a comma-separated list of exact origins such as https://terminal.example.com, but is "https://a.example/path".',
      'ALLOWED_HOSTS must be a comma-separated list of host names without ports, such as terminal.example.com, but is "a.example:80".',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, but is "loud".',
      'SESSION_MAX_PER_PROJECT must be a whole number from 1 to 100000, but is "0".',
      'SHELL_PROGRAM must be an absolute path, but is "bash".',
      'TRUST_PROXY must be false, true, or the number of proxies in front of this server, but is "maybe".',
    ]);
  });

  it('wants both files of TLS, and finds them from the working directory', () => {
    const files = { TLS_CERT_FILE: 'cert.pem', TLS_KEY_FILE: '/keys/key.pem' };
    expect(problemsOf({ TLS_CERT_FILE: 'cert.pem' })).toEqual(['TLS_CERT_FILE and TLS_KEY_FILE must be set together.']);
    expect(problemsOf({ TLS_KEY_FILE: 'key.pem' })).toEqual(['TLS_CERT_FILE and TLS_KEY_FILE must be set together.']);
    expect(loadConfig(files, MACHINE).tls).toEqual({
      certFile: path.resolve(MACHINE.workingDirectory, 'cert.pem'),
      keyFile: '/keys/key.pem',
    });
    expect(loadConfig({}, MACHINE).tls).toBeUndefined();
  });

  it('does not repeat a secret', () => {
    const secrets = { JWT_SECRET: 'hunter2', ADMIN_PASSWORD: 'hunter2', METRICS_TOKEN: 'hunter2' };
    const problems = problemsOf({ ...secrets, DATABASE_URL: 'hunter2', REDIS_URL: 'hunter2' });
    expect(problems).toHaveLength(5);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('is frozen all the way down', () => {
    const config = loadConfig({}, MACHINE);
    expect(
      Object.isFrozen(config) && Object.isFrozen(config.ports) && Object.isFrozen(config.access.allowedHosts),
    ).toBe(true);
  });

  it('accepts each of its own defaults', () => {
    const defaults = Object.entries(VARIABLES).map(([name, { default: value }]) => [name, value]);
    expect(problemsOf(Object.fromEntries(defaults) as Environment)).toEqual([]);
  });
});

describe('.env.example', () => {
  it('lists every variable as config/variables.ts describes it', () => {
    const file = fs.readFileSync(path.resolve(__dirname, '../.env.example'), 'utf8');
    expect(file).toBe(renderEnvExample());
  });
});
