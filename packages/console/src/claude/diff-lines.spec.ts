import { diffLines, isDiff } from './diff-lines';

const DIFF = ['--- a/x.sql', '+++ b/x.sql', '@@ -1,2 +1,2 @@', ' select 1;', '--- old comment', '+-- new comment'].join(
  '\n',
);

describe('the lines of a change', () => {
  it('are told apart by their first character', () => {
    expect(diffLines(DIFF).map(({ kind }) => kind)).toEqual(['place', 'place', 'place', 'same', 'remove', 'add']);
  });

  it('are looked for in what editors show, and not in commands', () => {
    expect(isDiff('Bash', 'cat <<E\n-x\n+y\nE')).toBe(false);
    expect(isDiff('Edit', '-x\n+y')).toBe(true);
    expect(isDiff('mcp__git__apply', DIFF)).toBe(true);
    expect(isDiff('Write', 'plain text')).toBe(false);
  });
});
