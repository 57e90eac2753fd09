import { eventually } from '../support/eventually';
import type { Cache } from '../../src/infrastructure/cache/cache';

const LONG_MS = 60_000;

/** What every {@link Cache} does, wherever it keeps its entries. */
export function describeCache(name: string, open: () => Promise<{ cache: Cache; close(): Promise<void> }>): void {
  describe(`${name} as a cache`, () => {
    let cache: Cache;
    let close: () => Promise<void>;

    beforeAll(async () => ({ cache, close } = await open()));
    afterAll(() => close?.());

    it('knows nothing at first', async () => {
      await expect(cache.get('absent')).resolves.toBeUndefined();
    });

    it.each([['text'], [42], [false], [{ nested: { list: [1, null, 'ü'] } }], [[]]])('gives %j back', async (value) => {
      await cache.set('value', value, LONG_MS);
      await expect(cache.get('value')).resolves.toEqual(value);
    });

    it('replaces', async () => {
      await cache.set('replaced', 1, LONG_MS);
      await cache.set('replaced', 2, LONG_MS);
      await expect(cache.get('replaced')).resolves.toBe(2);
    });

    it('deletes one and keeps the others', async () => {
      await cache.set('one', 1, LONG_MS);
      await cache.set('other', 2, LONG_MS);
      await cache.delete('one');
      await cache.delete('never there');
      await expect(cache.get('one')).resolves.toBeUndefined();
      await expect(cache.get('other')).resolves.toBe(2);
    });

    it('forgets when the time is over', async () => {
      await cache.set('short', 1, 1);
      await eventually(async () => expect(await cache.get('short')).toBeUndefined());
    });
  });
}
