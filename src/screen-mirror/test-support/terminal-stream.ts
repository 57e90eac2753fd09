import fc from 'fast-check';

const esc = (text: string): string => `\x1b${text}`;
const small = fc.integer({ min: 0, max: 14 });

const text = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[ -~]{1,12}$/) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '漢字',
      '한',
      'テスト',
      '📦',
      '👩‍👩‍👧',
      'é',
      'e\u0301',
      'a\u0308\u0301',
      '—',
      '“x”',
      '\u0301',
      'ﷺ',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('lqqk x mqj', '~~~', '____', 'aaaaaaaaaaaaaaaaaaaaaaaa') },
);

const sgr = fc
  .oneof(
    fc.constantFrom(
      '0',
      '1',
      '2',
      '3',
      '4',
      '4:3',
      '21',
      '5',
      '7',
      '8',
      '9',
      '22',
      '24',
      '27',
      '39',
      '49',
      '53',
      '55',
      '59',
      '1;2',
    ),
    fc.integer({ min: 30, max: 47 }).map(String),
    fc.integer({ min: 90, max: 107 }).map(String),
    fc.tuple(fc.constantFrom(38, 48), fc.integer({ min: 0, max: 255 })).map(([kind, index]) => `${kind};5;${index}`),
    fc
      .tuple(fc.constantFrom(38, 48), small, small, small)
      .map(([kind, r, g, b]) => `${kind};2;${r * 18};${g * 18};${b * 18}`),
    fc.constantFrom('58:5:9', '58:2::1:2:3', '38:2::9:8:7', '48:5:20'),
  )
  .map((codes) => esc(`[${codes}m`));

const move = fc.oneof(
  fc.tuple(small, small).map(([row, column]) => esc(`[${row};${column}H`)),
  fc.tuple(small, fc.constantFrom(...'ABCDEFGd`ae')).map(([count, final]) => esc(`[${count}${final}`)),
  fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\n\n\n',
    '\b',
    '\t',
    '\x0b',
    esc('D'),
    esc('E'),
    esc('M'),
    esc('[I'),
    esc('[2Z'),
  ),
);

const edit = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom(...'JKLMPX@STb'))
    .map(([count, final]) => esc(`[${count}${final}`)),
  fc.constantFrom(
    esc('[?1J'),
    esc('[?2K'),
    esc('#8'),
    esc('[2 @'),
    esc('[1 A'),
    esc("[1'}"),
    esc("[1'~"),
    esc('[1"q'),
    esc('[0"q'),
  ),
);

const modes = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(1, 6, 7, 9, 12, 25, 45, 66, 1000, 1002, 1003, 1004, 1006, 1016, 2004, 2026),
      fc.constantFrom('h', 'l'),
    )
    .map(([mode, final]) => esc(`[?${mode}${final}`)),
  fc.constantFrom(esc('[4h'), esc('[4l'), esc('[20h'), esc('[20l'), esc('='), esc('>'), esc('[!p')),
  fc.integer({ min: 0, max: 6 }).map((style) => esc(`[${style} q`)),
);

const screens = fc.oneof(
  fc
    .tuple(fc.constantFrom(47, 1047, 1049, 1048), fc.constantFrom('h', 'l'))
    .map(([mode, final]) => esc(`[?${mode}${final}`)),
  fc.constantFrom(esc('7'), esc('8'), esc('[s'), esc('[u')),
  fc.tuple(small, small).map(([top, bottom]) => esc(`[${top};${bottom}r`)),
  fc.constantFrom(esc('H'), esc('[g'), esc('[3g')),
  fc.constantFrom(esc('(0'), esc('(B'), esc(')0'), esc(')A'), esc('*0'), '\x0e', '\x0f', esc('n')),
);

const strings = fc.oneof(
  fc.constantFrom(
    esc(']0;title — ü\x07'),
    esc(']2;other\x1b\\'),
    esc(']1;icon\x07'),
    esc(']2;\x07'),
    esc(']52;c;YWJj\x07'),
  ),
  fc.constantFrom(esc(']8;;https://example.org/a\x1b\\'), esc(']8;id=1;https://example.org/b\x07'), esc(']8;;\x07')),
  fc.constantFrom(
    esc('P+q544e\x1b\\'),
    esc('_apc é\x1b\\'),
    esc('^pm\x1b\\'),
    '\x9b1m',
    esc(']133;A\x07'),
    esc('[<0;1m'),
    esc('[1;2'),
  ),
  fc.constantFrom(esc('c'), '\x18', '\x07', '\x00', '\x7f', esc('[3J')),
);

/** Output as terminal programs write it, mixed as none would. */
export const terminalStream = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: text },
      { weight: 4, arbitrary: sgr },
      { weight: 4, arbitrary: move },
      { weight: 3, arbitrary: edit },
      { weight: 2, arbitrary: screens },
      { weight: 2, arbitrary: modes },
      { weight: 1, arbitrary: strings },
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.from(parts.join('')));

/** Bytes that need not be UTF-8 nor sequences. */
export const noise = fc
  .array(
    fc.constantFrom(
      0x1b,
      0x5b,
      0x5d,
      0x50,
      0x5f,
      0x3b,
      0x33,
      0x6d,
      0x48,
      0x07,
      0x5c,
      0xc2,
      0x9b,
      0x9d,
      0xe2,
      0x80,
      0x94,
      0xf0,
      0x9f,
      0x41,
      0x3f,
      0x24,
      0x18,
      0xed,
      0xa0,
      0xef,
      0xbb,
      0xbf,
    ),
  )
  .map((bytes) => Buffer.from(bytes));
