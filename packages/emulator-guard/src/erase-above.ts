import type { GuardedCore } from './guarded-core';

/**
 * xterm.js 6.0.0 throws on CSI 1 J when the cursor is in the last cell of a screen without lines below it (nine bytes, and
 * a terminal in a browser never draws again). CSI 2 J erases the same cells there.
 */
export function repairEraseAbove(core: GuardedCore): void {
  for (const prefix of [undefined, '?']) {
    core._inputHandler._parser.registerCsiHandler({ prefix, final: 'J' }, ({ params }) => {
      const { x, y, lines } = core._bufferService.buffers.active;
      const cols = lines.get(0)?.length ?? 0;
      if (params[0] === 1 && x + 1 >= cols && y + 1 >= lines.length) params[0] = 2;
      return false;
    });
  }
}
