/** A command that output tries to get typed; wherever it turns up as input, it got there. */
export const PAYLOAD = 'touch pwned';

const SCRIPT = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

/** Output that attacked one terminal or another (facts of the threat catalogue, rows 5, 12, 19 to 22). */
export const HOSTILE_OUTPUT: readonly string[] = [
  // Titles and icon names, and requests to report them.
  `\x1b]0;${PAYLOAD}\r\x07\x1b[21t\x1b[20t`,
  `\x1b]2;${SCRIPT}\x07`,
  `\x1b]1;\u202e${PAYLOAD}\x1b\\`,
  // Settings, capabilities, versions, answerback, checksums of the screen.
  `\x1bP$q${PAYLOAD}\r\x1b\\`,
  '\x1bP$qm\x1b\\',
  `\x1bP+q${Buffer.from(PAYLOAD).toString('hex')}\x1b\\`,
  '\x1b[>q',
  '\x05',
  '\x1b[1;1;1;1;80;24*y',
  '\x1b[c\x1b[>c\x1b[=c\x1b[6n\x1b[?6n\x1b[?2004$p',
  '\x1b[14t\x1b[18t\x1b[19t\x1b[?u',
  // The clipboard: written, then read.
  `\x1b]52;c;${Buffer.from(PAYLOAD).toString('base64')}\x07`,
  '\x1b]52;c;?\x07',
  // Links that are none of pages.
  `\x1b]8;;javascript:window.pwned=1\x07${PAYLOAD}\x1b]8;;\x07`,
  `\x1b]8;;file:///etc/passwd\x07x\x1b]8;;\x07`,
  // Printing, file transfer, notifications, fonts, colours that ask.
  `\x1b[5i${PAYLOAD}\r\x1b[4i`,
  `\x1b]1337;File=name=${Buffer.from(SCRIPT).toString('base64')};inline=1:AAAA\x07`,
  `\x1b]777;notify;${SCRIPT};x\x07\x1b]9;${SCRIPT}\x07`,
  `\x1b]50;${PAYLOAD}\x07\x1b]50;?\x07`,
  '\x1b]4;1;?\x07\x1b]10;?\x07\x1b]11;?\x07',
  // Media copy, tmux passthrough, application programs, private messages.
  `\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\`,
  `\x1b_G${PAYLOAD}\x1b\\\x1b^${PAYLOAD}\x1b\\\x1bX${PAYLOAD}\x1b\\`,
  // Markup as text.
  SCRIPT,
  '\x1b]7;file://evil.example/%1b%5b31m\x07\x1b]133;A\x07\x1b]633;E;\x1b]0;x\x07',
  // Screens, sizes and modes that make the rest invisible.
  '\x1b[?1049h\x1b[?25l\x1b[8m\x1b[?1049l\x1b[?25h\x1b[0m\x1b[3;1;1t\x1b[8;1;1t',
];

/** Each of these keeps an unguarded xterm.js busy for minutes to hours. */
export const HUGE_PARAMETERS: readonly string[] = [...'STLMbIZ'].map((final) => `x\x1b[2147483647${final}`);

/** Unguarded, 200,000 of them cost 51 s and 242 MiB. */
export function linkFlood(links: number): string {
  let output = '';
  for (let i = 0; i < links; i++) output += `\x1b]8;;https://example.org/${i}\x1b\\x\x1b]8;;\x1b\\\r\n`;
  return output;
}
