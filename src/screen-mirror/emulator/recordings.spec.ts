import { clientTerminal, stateOf, write } from '../test-support/terminal-state';
import { ScreenEmulator } from './screen-emulator';

/** What programs write, put together by hand from their terminfo habits. */
const RECORDINGS: Record<string, string> = {
  'vim opening a file':
    '$ vim a.c\r\n\x1b[?1049h\x1b[22;0;0t\x1b[>4;2m\x1b[?1h\x1b=\x1b[?2004h\x1b[?1004h\x1b[1;12r\x1b[?12h\x1b[?12l\x1b[27m\x1b[23m\x1b[29m\x1b[m\x1b[H\x1b[2J' +
    '\x1b[2;1H▽\x1b[6n\x1b[2;1H  \x1b[3;1H\x1bPzz\x1b\\\x1b[0%m\x1b[6n\x1b[3;1H           \x1b[1;1H\x1b[>c\x1b]10;?\x07\x1b]11;?\x07' +
    '\x1b[1;1H\x1b[34m/* grüße — 漢字 */\x1b[m\r\n\x1b[32mint\x1b[m main() {\x1b[3;5Hreturn 0;\r\n}\r\n\x1b[94m~\x1b[5;1H~\x1b[6;1H~\x1b[m' +
    '\x1b[12;1H"a.c" 4L, 42B\x1b[2;5H\x1b[?25h\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[2 q\x1b[?25l\x1b[L\x1b[1;11r\x1b[1;1H\x1bM\x1b[1;12r\x1b[4;2H\x1b[?25h',
  'vim leaving':
    'old line\r\n\x1b7\x1b[?47h\x1b[2J\x1b[5;5Hgone\x1b[?1l\x1b>\x1b[12;1H\x1b[K\x1b[?2004l\x1b[?1004l\x1b[?1049l\x1b[23;0;0t\x1b[?25h$ ',
  'less paging':
    '\x1b[?1049h\x1b[?1h\x1b=\r' +
    'first line of the text\r\nsecond that is longer than the screen is wide, so it wraps\r\n\x1b[7m(END)\x1b[27m\x1b[K\r\x1b[K\x1b[H\x1bM\x1b[1mearlier\x1b[m\r\n\x1b[12;1H\r\x1b[K:\x1b[K',
  'top refreshing':
    '\x1b[?1h\x1b=\x1b[H\x1b[2J\x1b[m\x1b(B\x1b[m\x1b[39;49mtop - 12:00\x1b[m\x1b(B\x1b[K\r\nTasks:\x1b[1m 99 \x1b[m\x1b(B\x1b[39;49mtotal\x1b[K\r\n\x1b[7m  PID USER \x1b[m\x1b(B\x1b[K\r\n' +
    '\x1b[m\x1b(B    1 root\x1b[m\x1b(B\x1b[K\x1b[J\x1b[H',
  'htop drawing':
    '\x1b[?1049h\x1b[1;12r\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[?1h\x1b=\x1b[?25l\x1b[39;49m\x1b[?1000h\x1b[?1006h\x1b[39;49m\x1b(B\x1b[m\x1b[H\x1b[2J' +
    '\x1b[2d\x1b[36m1\x1b[1m\x1b[39m[\x1b[32m||||\x1b[31m|\x1b[90m     \x1b[39m]\x1b(B\x1b[m\x1b[5d\x1b[30m\x1b[42m  PID△USER  \x1b[K\x1b[6d\x1b[30m\x1b[46m   1 root \x1b[K\x1b[39;49m\x1b(B\x1b[m',
  'tmux with line drawing':
    '\x1b[?1049h\x1b[?1l\x1b>\x1b(B\x1b)0\x1b[1;11r\x1b[12;1H\x1b[30m\x1b[42m[0] 0:bash*\x1b[K\x1b(B\x1b[m\x1b[1;10H\x0ex\x1b[2;10Hx\x1b[3;10Hqqj\x0f\x1b[1;1H\x1b[?12l\x1b[?25h$ ls\r\n\x1b]2;tmux — 0\x07',
  'a prompt with marks, links and a progress bar':
    '\x1b]133;A\x07\x1b]0;~/src\x07\x1b]7;file://h/src\x07\x1b[1;32m➜\x1b[0m  \x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\ \x1b[?2004h' +
    'make\x1b[?2004l\r\r\n\x1b[?2026h[#####     ]  50%\r[######    ]\x1b[K\x1b[?2026l\r\n\x1b[38;5;208m\x1b[4:3m\x1b[58;2;255;0;0mwarn\x1b[0m: 👩‍👩‍👧 e\u0301\r\n',
};

const screen = { cols: 30, rows: 12 };

describe.each(Object.entries(RECORDINGS))('%s', (_name, output) => {
  const bytes = Buffer.from(output);

  it('continues from a snapshot at every byte', () => {
    const expected = clientTerminal(screen.cols, screen.rows);
    write(expected, bytes);
    const emulator = new ScreenEmulator({ ...screen, scrollbackLines: 500, offset: 0 });
    for (let cut = 0; cut <= bytes.length; cut++) {
      if (cut > 0) emulator.feed(bytes.subarray(cut - 1, cut));
      const snapshot = emulator.snapshot();
      const client = clientTerminal(screen.cols, screen.rows);
      const typed: string[] = [];
      client.onData((data) => typed.push(data));
      write(client, snapshot.bytes);
      expect(typed).toEqual([]);
      write(client, bytes.subarray(snapshot.offset));
      expect(stateOf(client)).toEqual(stateOf(expected));
      client.dispose();
    }
  });
});
