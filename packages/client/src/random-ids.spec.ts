import { newSessionId, randomUuid } from './random-ids';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('random ids', () => {
  it('are UUIDs, also on pages served over plain http, which have no randomUUID', () => {
    expect(randomUuid()).toMatch(UUID_V4);
    const insecure = { getRandomValues: (target: Uint8Array<ArrayBuffer>) => target.fill(255) };
    expect(randomUuid(insecure)).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
  });

  it('name sessions with the time and at least 80 random bits', () => {
    const ids = new Set(Array.from({ length: 100 }, () => newSessionId(1_700_000_000_000.7)));
    expect(ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^session_1700000000000_[0-9a-z]{16}$/);
    expect(16 * Math.log2(36)).toBeGreaterThan(80);
  });
});
