import { randomBytes } from 'node:crypto';
import { weakSecrets } from './weak-secrets';

const STRONG = randomBytes(48).toString('base64url');

describe('weakSecrets', () => {
  it.each([
    'secret'.repeat(8),
    'change-me-change-me-change-me-change-me',
    'your-super-secret-jwt-key-change-this-in-production',
    'a'.repeat(64),
    '0123456789abcdef0123456789abcdef',
    'abcdefghijklmnopqrstuvwxyz0123456789',
    'please_replace_this_with_a_long_random_string_of_32_bytes',
    'development-secret-at-least-32-characters',
  ])('refuses the key %s', (key) => {
    for (const name of ['JWT_SECRET', 'AUDIT_KEY']) {
      const [problem] = weakSecrets({ [name]: key });
      expect(problem).toMatch(`${name} is too easy to guess`);
      expect(problem).not.toContain(key);
    }
    expect(weakSecrets({ SECRETS_KEY: [STRONG, key] })).toHaveLength(1);
  });

  it('takes every random one', () => {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      for (let i = 0; i < 2000; i++) {
        const [JWT_SECRET, METRICS_TOKEN] = [randomBytes(32), randomBytes(16)].map((bytes) => bytes.toString(encoding));
        expect(weakSecrets({ JWT_SECRET, METRICS_TOKEN })).toEqual([]);
      }
    }
  });

  it.each(['changeme1234', 'Password-2024', 'aaaaaaaaaaaaaaaa', 'short-1x', 'administrator', '123456789012'])(
    'refuses the password %s',
    (ADMIN_PASSWORD) => expect(weakSecrets({ ADMIN_PASSWORD })).toHaveLength(1),
  );

  it('takes a passphrase', () => {
    expect(weakSecrets({ ADMIN_PASSWORD: 'correct horse battery staple' })).toEqual([]);
  });

  it.each([
    'postgres://postgres:postgres@db/app',
    'postgres://app:app@db/app',
    'postgres://app:Password@db/app',
    'postgres://db/app?user=app&password=postgres',
    'redis://:foobared@cache:6379',
  ])('refuses %s', (url) => expect(weakSecrets({ DATABASE_URL: url })).toHaveLength(1));

  it.each(['postgres://app@localhost/app?host=/run/pg', 'postgres://app:kX9%2FqLw3@db/app', 'unix:///run/redis.sock'])(
    'takes %s',
    (url) => expect(weakSecrets({ REDIS_URL: url })).toEqual([]),
  );

  it('refuses one secret for two purposes', () => {
    const problems = weakSecrets({ JWT_SECRET: STRONG, SECRETS_KEY: [STRONG], METRICS_TOKEN: STRONG });
    expect(problems.map((problem) => problem.split(';')[0])).toEqual([
      'JWT_SECRET is the same as SECRETS_KEY',
      'METRICS_TOKEN is the same as JWT_SECRET',
    ]);
  });
});
