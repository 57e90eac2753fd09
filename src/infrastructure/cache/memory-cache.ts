import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { BoundedMap } from './bounded-map';
import { Cache } from './cache';

/** Entries of the in-process cache. They are small records: a few megabytes at most. */
const MAX_ENTRIES = 10_000;

export function createMemoryCache(): Cache {
  const store = new Keyv({ store: new BoundedMap<string, unknown>(MAX_ENTRIES), useKeyPrefix: false });
  return new Cache(createCache({ stores: [store] }), () => ({ kind: 'memory' }));
}
