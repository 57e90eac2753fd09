import { repairEraseAbove } from './erase-above';
import type { FunctionId, GuardedCore, GuardedLine, SequenceParameters } from './guarded-core';
import { Hyperlinks } from './hyperlinks';

/**
 * Cells one piece of output (at most 1 MiB) may touch, besides printing. At about 5 ns a cell this is half a second; a full
 * redraw of a 200×50 screen is 10,000, so a piece may hold ten thousand of them.
 */
export const EFFORT_LIMIT = 100_000_000;
/** Measured against erasing, which is 1: making lines and moving others to make room; building or moving single cells. */
const NEW_LINE_WEIGHT = 12;
const CELL_BY_CELL_WEIGHT = 6;
/** Characters one cell may combine. Real text needs a handful; without a bound 2 million of them took 106 MiB. */
const MAX_COMBINED_CHARS = 64;

/** The output costs more to parse than its length justifies; the terminal is useless after this. */
export class EffortExceeded extends Error {
  constructor() {
    super('this output costs too much to parse');
    this.name = 'EffortExceeded';
  }
}

/**
 * What becomes of a piece beyond its limit: `throw` out of the parser, for whoever can do without this terminal; or `skip`
 * its costly sequences, for a terminal somebody looks at. Text and everything cheap is still shown then.
 */
export type OnExcess = 'throw' | 'skip';

/**
 * Makes xterm.js safe for hostile output. Repeat counts are cut to what can have an effect (13 bytes such as
 * `CSI 2147483647 S` otherwise loop for an hour), everything whose cost does not depend on its length is counted, and hyperlinks are
 * few and lead to pages.
 */
export class Guard {
  private spent = 0;

  constructor(
    private readonly core: GuardedCore,
    private readonly onExcess: OnExcess = 'throw',
  ) {
    this.clampRepeats();
    this.countErasing();
    this.countSwitching();
    repairEraseAbove(core);
    Hyperlinks.install(core);
    boundCombining(core._bufferService.buffers.normal.lines.get(0) as GuardedLine);
  }

  startPiece(): void {
    this.spent = 0;
  }

  /** Whether the piece may do this too. */
  spend(cells: number): boolean {
    this.spent += cells;
    if (this.spent <= EFFORT_LIMIT) return true;
    if (this.onExcess === 'throw') throw new EffortExceeded();
    return false;
  }

  private clampRepeats(): void {
    const { rows, cols, screen } = this;
    const line = () => NEW_LINE_WEIGHT * (rows() + cols());
    // Scrolling by more than the screen's height, or inserting more lines than it has, leaves it as empty as its height does.
    for (const final of 'STLM') this.csi({ final }, rows, line);
    for (const final of 'IZ') this.csi({ final }, cols, () => 1);
    for (const final of '@PX') this.csi({ final }, cols, () => 1);
    this.csi({ final: 'b' }, screen, () => 1);
    for (const id of [
      { intermediates: ' ', final: '@' },
      { intermediates: ' ', final: 'A' },
      { intermediates: "'", final: '}' },
      { intermediates: "'", final: '~' },
    ]) {
      this.csi(
        id,
        cols,
        () => 0,
        () => CELL_BY_CELL_WEIGHT * screen(),
      );
    }
  }

  private countErasing(): void {
    for (const prefix of [undefined, '?']) {
      this.observe({ prefix, final: 'J' }, () => this.spend(this.screen()));
      this.observe({ prefix, final: 'K' }, () => this.spend(this.cols()));
    }
    const { _parser: parser } = this.core._inputHandler;
    const count = (id: FunctionId, cells: () => number): void =>
      parser.registerEscHandler(id, () => !this.spend(cells()));
    count({ intermediates: '#', final: '8' }, this.screen);
    count({ final: 'M' }, () => NEW_LINE_WEIGHT * (this.rows() + this.cols()));
    count({ final: 'D' }, () => this.rows() + this.cols());
    count({ final: 'E' }, () => this.rows() + this.cols());
    count({ final: 'c' }, () => CELL_BY_CELL_WEIGHT * this.screen());
  }

  private countSwitching(): void {
    for (const final of 'hl') {
      this.observe({ prefix: '?', final }, ({ params, length }) => {
        let switches = 0;
        for (let i = 0; i < length; i++) if ([47, 1047, 1049].includes(params[i] as number)) switches++;
        return switches === 0 || this.spend(switches * this.screen());
      });
    }
  }

  private csi(id: FunctionId, max: () => number, each: () => number, once: () => number = () => 0): void {
    this.observe(id, ({ params }) => {
      if ((params[0] as number) > max()) params[0] = max();
      return this.spend(Math.max(1, params[0] as number) * each() + once());
    });
  }

  /** Registered last, so asked first; the parser's own handler then sees the changed parameters, or nothing at all. */
  private observe(id: FunctionId, allow: (params: SequenceParameters) => boolean): void {
    this.core._inputHandler._parser.registerCsiHandler(id, (params) => !allow(params));
  }

  private readonly rows = (): number => {
    const { normal, alt, active } = this.core._bufferService.buffers;
    return active === alt ? alt.lines.length : normal.lines.length - normal.ybase;
  };

  private readonly cols = (): number => this.core._bufferService.buffers.active.lines.get(0)?.length ?? 0;

  private readonly screen = (): number => this.rows() * this.cols();
}

interface CombiningLine {
  readonly _combined: Record<number, string>;
  addCodepointToCell: (this: CombiningLine, column: number, codePoint: number, width: number) => void;
}

const bounded = new WeakSet<object>();

/** There is no handler between the parser and a cell, so the method of all lines is wrapped, once for the process. */
function boundCombining(line: GuardedLine): void {
  const prototype = Object.getPrototypeOf(line) as CombiningLine;
  if (bounded.has(prototype)) return;
  bounded.add(prototype);
  const add = prototype.addCodepointToCell;
  prototype.addCodepointToCell = function (this: CombiningLine, column, codePoint, width) {
    if ((this._combined[column]?.length ?? 0) < MAX_COMBINED_CHARS) add.call(this, column, codePoint, width);
  };
}
