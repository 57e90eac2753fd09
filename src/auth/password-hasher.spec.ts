import { PasswordHasher } from './password-hasher';

describe('PasswordHasher', () => {
  it('knows the password it hashed, and no other', async () => {
    const hasher = new PasswordHasher();
    const hash = await hasher.hash('correct horse');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await expect(hasher.verify(hash, 'correct horse')).resolves.toBe(true);
    await expect(hasher.verify(hash, 'battery staple')).resolves.toBe(false);
    await expect(hasher.verifyNothing('correct horse')).resolves.toBe(false);
  });

  it('sends callers away when too many wait', async () => {
    const hasher = new PasswordHasher();
    const results = await Promise.allSettled(Array.from({ length: 70 }, () => hasher.hash('x')));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(Array(4).fill('rate_limited'));
  });
});
