import { Slots } from './slots';

describe('Slots', () => {
  it('gives each key its places, and each place back once', () => {
    const slots = new Slots(2);
    const [first, second] = [slots.take('a'), slots.take('a')];
    expect(slots.take('a')).toBeUndefined();
    expect(slots.take('b')).toBeDefined();
    first?.();
    first?.();
    expect(slots.count('a')).toBe(1);
    expect(slots.take('a')).toBeDefined();
    expect(slots.take('a')).toBeUndefined();
    second?.();
    expect(slots.count('a')).toBe(1);
  });
});
