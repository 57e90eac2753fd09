import { visible, visibleParts } from './visible-text';

describe('the text of a permission', () => {
  it('stays as it is when all of it can be seen', () => {
    const text = 'for f in *.ts; do\n\techo "größer 👩‍💻 $f"\ndone';
    expect(visibleParts(text)).toEqual([{ text, hidden: false }]);
    expect(visibleParts('')).toEqual([]);
  });

  it('shows what would move or erase other text', () => {
    expect(visibleParts('rm \u202efr-')).toEqual([
      { text: 'rm ', hidden: false },
      { text: 'U+202E', hidden: true },
      { text: 'fr-', hidden: false },
    ]);
    expect(visible('ls\r\x1b[2K\x7f')).toBe('ls␍␛[2K␡');
  });

  it('shows spaces and tags that are invisible', () => {
    expect(visible('a\u200bb\u{e0041}\ufeff')).toBe('aU+200BbU+E0041U+FEFF');
  });
});
