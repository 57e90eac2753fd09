import type { Terminal } from '@xterm/headless';
import { coreOf } from './xterm-internals';

/**
 * Resizes. xterm.js 6.0.0 leaves an alternate screen that is not in use as tall as it was, so that it later scrolls into
 * lines nobody can reach; here it gets the new height.
 */
export function resizeTerminal(terminal: Terminal, cols: number, rows: number): void {
  terminal.resize(cols, rows);
  const { alt } = coreOf(terminal)._bufferService.buffers;
  if (alt.lines.length === 0) alt.lines.maxLength = rows;
}
