import fc from 'fast-check';
import { redactCommand } from './redaction';

it.each([
  ['mysql -u root -phunter22 --password=abc', 'mysql -u root -p[redacted] --password=[redacted]'],
  ['mysql -ppw db', 'mysql -p[redacted] db'],
  ['export API_TOKEN=s3cr3t; git status', 'export API_TOKEN=[redacted]; git status'],
  ['git push https://bob:pw123@git.example/x', 'git push https://[redacted]@git.example/x'],
  ['git clone https://ghtoken@git.example/x', 'git clone https://[redacted]@git.example/x'],
  ['push it with token=abc123secret', 'push it with token=[redacted]'],
  ['curl -H "Authorization: Bearer abc.def" https://x', 'curl -H "Authorization: [redacted]" https://x'],
  ["curl -H 'Cookie: a=b; c=d' https://x", "curl -H 'Cookie: [redacted]' https://x"],
  ['curl -u bob:pw https://x', 'curl -u [redacted] https://x'],
  ['curl -d \'{"password":"hunter2","user":"bob"}\' x', undefined],
  ['login --password "two words" --verbose', 'login --password [redacted] --verbose'],
  ['login --password "not closed', 'login --password [redacted]'],
  ['login --token \'a\'"b"c next', 'login --token [redacted] next'],
  ['echo hunter2 | sudo -S ls', 'echo [redacted] | sudo -S ls'],
  ['sudo -S ls <<< hunter2', 'sudo -S ls <<< [redacted]'],
  ['sshpass -p hunter2 ssh host', 'sshpass -p [redacted] ssh host'],
  ['docker login -u bob -p hunter2 reg', 'docker login -u bob -p [redacted] reg'],
  ['redis-cli -h x -a hunter2', 'redis-cli -h x -a [redacted]'],
  ['aws configure set aws_secret_access_key hunter2', 'aws configure set aws_secret_access_key [redacted]'],
  ['openssl rsa -passin pass:hunter2', 'openssl rsa -passin [redacted]'],
])('%s', (command, expected) => {
  const redacted = redactCommand(command);
  if (expected !== undefined) expect(redacted).toBe(expected);
  expect(redacted).not.toMatch(/hunter2|s3cr3t|pw123|abc123secret|two words|not closed/);
});

it.each([
  'git commit -m "refresh the page"',
  'ls -la /srv/app',
  'npm test -- --watch',
  'docker run -p 8080:80 -u 1000 nginx',
  'git log --author=ada -n 5',
  'cd ~/projects/author && make -j8',
  'git show 3f786850e387550fdab836ed7e6dc881de23001b',
  'tar -xzf archive.tar.gz -C /tmp',
  'find . -name "*.ts" | xargs grep -n foo',
  'git push --set-upstream origin main',
])('leaves "%s" as it is', (command) => {
  expect(redactCommand(command)).toBe(command);
});

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const secret = (minLength = 10): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...LETTERS), minLength, maxLength: 40 });
/** Every shape a secret is looked for in, around one. */
const SHAPES: readonly ((secret: string) => string)[] = [
  ...[
    'sk-ant-',
    'sk-',
    'ghp_',
    'gho_',
    'github_pat_',
    'glpat-',
    'xoxb-',
    'AIza',
    'npm_',
    'hf_',
    'hfc_',
    'sk_live_',
  ].map((prefix) => (value: string) => prefix + value),
  (value) => `AKIA${value.toUpperCase().padEnd(16, 'X')}`,
  (value) => `eyJ${value}.${value}.${value}`,
  (value) => `-----BEGIN RSA PRIVATE KEY-----\n${value}\n-----END RSA PRIVATE KEY-----`,
  (value) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${value}`,
  (value) => `--password ${value}`,
  (value) => `--password=${value}`,
  (value) => `--db-password "${value}"`,
  (value) => `--api-key '${value}'`,
  (value) => `--auth-token=${value}`,
  (value) => `-p${value}`,
  (value) => `GITHUB_TOKEN=${value}`,
  (value) => `export DB_PASSWORD="${value}"`,
  (value) => `MY_API_KEY='${value}'`,
  (value) => `{"clientSecret": "${value}"}`,
  (value) => `postgres://app:${value}@db.internal/app`,
  (value) => `https://${value}@git.example/x.git`,
  (value) => `-H "Authorization: Bearer ${value}"`,
  (value) => `-H 'authorization: Basic ${value}'`,
  (value) => `-H 'X-Api-Key: ${value}'`,
  (value) => `-u bob:${value}`,
  (value) => `PGPASSWORD=${value} psql`,
];
const WORDS = [
  'curl',
  'git',
  'push',
  '-v',
  '&&',
  'ls',
  '|',
  'grep x',
  ';',
  'echo done',
  '"a b"',
  "'c'",
  '/tmp/x',
  '>out',
  '\\;',
];

it('never leaves a secret of the listed shapes, whatever stands around it', () => {
  const around = fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(secret(), fc.constantFrom(...SHAPES), around, around, (value, shape, before, after) => {
      const text = `${before} ${shape(value)} ${after}`;
      expect(redactCommand(text).toLowerCase()).not.toContain(value.toLowerCase());
    }),
    { numRuns: 3_000 },
  );
});

it('leaves nothing to be redacted the second time', () => {
  fc.assert(
    fc.property(secret(), fc.constantFrom(...SHAPES), (value, shape) => {
      const once = redactCommand(shape(value));
      expect(redactCommand(once)).toBe(once);
    }),
  );
});

it('takes time that grows with the text, whatever it is', () => {
  const pieces = ['a', '-', ' --', '"', '\\', ' -p', '=', ':', '//', '@', 'token', '{"', 'x-', '<<<', 'echo ', '|'];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(20_000 / piece.length));
    const begin = performance.now();
    redactCommand(text);
    // Without backtracking it is some milliseconds; with it, minutes.
    expect([piece, performance.now() - begin < 5_000]).toEqual([piece, true]);
  }
});
