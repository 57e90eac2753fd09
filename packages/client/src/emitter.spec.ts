import { Emitter } from './emitter';

describe('Emitter', () => {
  it('calls listeners in order until they are disposed', () => {
    const emitter = new Emitter<{ tick: number }>();
    const seen: string[] = [];
    const first = emitter.on('tick', (n) => seen.push(`a${n}`));
    emitter.on('tick', (n) => seen.push(`b${n}`));
    emitter.emit('tick', 1);
    first.dispose();
    first.dispose();
    emitter.emit('tick', 2);
    expect(seen).toEqual(['a1', 'b1', 'b2']);
  });

  it('keeps the errors of listeners away from each other and from the caller', () => {
    const queued: (() => void)[] = [];
    const spy = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((run) => void queued.push(run));
    const emitter = new Emitter<{ tick: number }>();
    const seen: number[] = [];
    emitter.on('tick', () => {
      throw new Error('mine');
    });
    emitter.on('tick', (n) => seen.push(n));
    emitter.emit('tick', 1);
    spy.mockRestore();
    expect(seen).toEqual([1]);
    expect(queued[0]).toThrow('mine');
  });
});
