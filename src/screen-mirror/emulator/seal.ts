const TAB_WIDTH = 8;

/** As much of a terminal's buffer as is looked at here. */
interface SealedScreen {
  readonly baseY: number;
  getLine(y: number): { translateToString(trimRight: boolean): string } | undefined;
}

/** Undoes what a program that is gone had switched on; what it printed stays. */
export function releaseModes(cols: number): string {
  const privateModes = [9, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2026];
  const columns = Array.from({ length: cols }, (_, column) => column);
  return [
    // From the alternate screen back to the normal one, where the shell's lines are.
    '\x1b[?47l',
    // DECSTR: cursor shown, no scroll region, insert mode, origin mode or application keys; default look and character sets.
    '\x1b[!p\x1b[r\x1b[20l\x1b[?7h\x1b(B\x1b)B\x1b*B\x1b+B\x0f',
    // Mouse, focus reports, bracketed paste, synchronized output.
    ...privateModes.map((mode) => `\x1b[?${mode}l`),
    '\x1b[0 q\x1b]8;;\x1b\\\x1b]1;\x1b\\\x1b]2;\x1b\\',
    '\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\',
    '\x1b[3g',
    ...columns.filter((column) => column % TAB_WIDTH === 0).map((column) => `\x1b[${column + 1}G\x1bH`),
  ].join('');
}

/** Writes `line` below everything that is there, and leaves the cursor at the beginning of the next one. */
export function writeBelow(screen: SealedScreen, { cols, rows }: { cols: number; rows: number }, line: string): string {
  let used = rows;
  while (
    used > 0 &&
    !screen
      .getLine(screen.baseY + used - 1)
      ?.translateToString(true)
      .trim()
  )
    used--;
  const place = used === 0 ? '\x1b[H' : `\x1b[${used};1H\r\n`;
  return `${place}\x1b[0;2m${[...line].slice(0, cols).join('')}\x1b[0m\r\n`;
}
