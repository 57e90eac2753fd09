import type { RequestPriority } from '../claude-api-events';
import { WaitingLine } from './waiting-line';

interface Named {
  readonly userId: string;
  readonly priority: RequestPriority;
  readonly name: string;
}

function line(...names: string[]): WaitingLine<Named> {
  const waiting = new WaitingLine<Named>();
  const kinds: Record<string, RequestPriority> = { i: 'interactive', a: 'subagent', s: 'suggestion' };
  for (const name of names) {
    waiting.add({ name, userId: name.slice(1, 2), priority: kinds[name.slice(0, 1)] ?? 'interactive' });
  }
  return waiting;
}

function order(waiting: WaitingLine<Named>, mayGo: (waiter: Named) => boolean = () => true): string[] {
  const names: string[] = [];
  for (let next = waiting.take(mayGo); next; next = waiting.take(mayGo)) names.push(next.name);
  return names;
}

describe('WaitingLine', () => {
  it('lets users take turns, however many requests one of them has', () => {
    expect(order(line('iA1', 'iA2', 'iA3', 'iB1', 'iC1', 'iC2'))).toEqual(['iA1', 'iB1', 'iC1', 'iA2', 'iC2', 'iA3']);
  });

  it('lets those in front of a screen go first, but nobody wait for ever', () => {
    const many = Array.from({ length: 40 }, (_, index) => `iA${index}`);
    const names = order(line(...many, 'sB1', 'sB2', 'aC1', 'aC2', 'aC3'));
    expect(names[0]).toBe('iA0');
    const share = (kind: string): number => names.slice(0, 17).filter((name) => name.startsWith(kind)).length;
    expect([share('i'), share('a'), share('s')]).toEqual([13, 3, 1]);
    expect(names).toHaveLength(45);
  });

  it('passes over those who may not go, without losing their place', () => {
    const waiting = line('iA1', 'iA2', 'iB1');
    expect(order(waiting, ({ name }) => name !== 'iA1')).toEqual(['iA2', 'iB1']);
    expect(order(waiting)).toEqual(['iA1']);
    expect([waiting.size, waiting.sizeOf('A')]).toEqual([0, 0]);
  });

  it('counts, removes, and puts in front who has waited before', () => {
    const waiting = line('iA1', 'iA2');
    const [first] = waiting;
    waiting.remove(first as Named);
    waiting.remove(first as Named);
    expect([waiting.size, waiting.sizeOf('A')]).toEqual([1, 1]);
    waiting.add(first as Named, true);
    expect(order(waiting)).toEqual(['iA1', 'iA2']);
  });
});
