import { Terminal } from '@xterm/headless';

/** What a client's emulator shows once it has parsed these bytes; lines of the scrollback first. */
export async function shownBy(
  pieces: readonly Uint8Array[],
  { cols, rows } = { cols: 80, rows: 24 },
): Promise<{ readonly lines: string[]; readonly modes: Terminal['modes'] }> {
  const terminal = new Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true });
  for (const piece of pieces) await new Promise<void>((resolve) => terminal.write(piece, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
  return { lines: lines.map((line) => line.trimEnd()), modes: terminal.modes };
}
