import { Semaphore } from './semaphore';

describe('Semaphore', () => {
  it('lets so many in, lets so many wait, and sends the rest away', async () => {
    const semaphore = new Semaphore(1, 1);
    const first = await semaphore.acquire();
    const second = semaphore.acquire();
    expect(semaphore.acquire()).toBeUndefined();
    first?.();
    const release = await second;
    release?.();
    await expect(semaphore.acquire()).resolves.toBeInstanceOf(Function);
  });
});
