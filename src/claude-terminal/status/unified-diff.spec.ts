import { unifiedDiff } from './unified-diff';

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

describe('a unified diff', () => {
  it('is empty when nothing changes', () => {
    expect(unifiedDiff('a\nb\n', 'a\nb\n')).toBe('');
  });

  it('shows a changed line between three lines of context', () => {
    const before = numbers(1, 10);
    const after = before.with(4, 'another');
    expect(unifiedDiff(before.join('\n'), after.join('\n')).split('\n')).toEqual([
      '@@ -2,7 +2,7 @@',
      ' line 2',
      ' line 3',
      ' line 4',
      '-line 5',
      '+another',
      ' line 6',
      ' line 7',
      ' line 8',
    ]);
  });

  it('has a hunk for each of two distant changes, and one for two near ones', () => {
    const before = numbers(1, 30);
    expect(unifiedDiff(before.join('\n'), before.with(2, 'x').with(20, 'y').join('\n')).match(/^@@/gm)).toHaveLength(2);
    expect(unifiedDiff(before.join('\n'), before.with(2, 'x').with(8, 'y').join('\n')).match(/^@@/gm)).toHaveLength(1);
  });

  it('shows a new text as added, and one that goes as removed', () => {
    expect(unifiedDiff('', 'a\nb\n')).toBe('@@ -0,0 +1,2 @@\n+a\n+b');
    expect(unifiedDiff('a\nb\n', '')).toBe('@@ -1,2 +0,0 @@\n-a\n-b');
  });

  it('finds what stayed between insertions and removals', () => {
    expect(unifiedDiff('a\nb\nc\nd', 'b\nx\nc\ne\nd').split('\n').slice(1)).toEqual([
      '-a',
      ' b',
      '+x',
      ' c',
      '+e',
      ' d',
    ]);
  });

  it('leads from the one text to the other, whatever they are', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    for (let run = 0; run < 200; run++) {
      const text = (): string => Array.from({ length: random(12) }, () => 'abc'[random(3)]).join('\n');
      const [before, after] = [text(), text()];
      const lines = unifiedDiff(before, after)
        .split('\n')
        .filter((line) => line && !line.startsWith('@@'));
      const side = (mark: string): string =>
        lines
          .filter((line) => line[0] !== mark)
          .map((line) => line.slice(1))
          .join('\n');
      if (lines.length > 0) {
        expect(before).toContain(side('+'));
        expect(after).toContain(side('-'));
      } else {
        expect(before).toBe(after);
      }
    }
  });

  it('shows what is too much to compare as replaced', () => {
    const before = numbers(1, 2_000).join('\n');
    const after = numbers(5_001, 7_000).join('\n');
    expect(unifiedDiff(before, after).startsWith('@@ -1,2000 +1,2000 @@\n-line 1\n')).toBe(true);
  });
});
