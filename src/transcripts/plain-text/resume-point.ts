/** Where text extraction can go on as if it had never stopped: between two lines. */
export interface ResumePoint {
  readonly offset: number;
  /** Opaque; `START_STATE` at the beginning of a transcript, `MIDDLE_STATE` at any other place. */
  readonly state: number;
}

/** What is packed into `ResumePoint.state`, which is stored in the database. */
export interface ExtractorState {
  /** Of the terminal's parser. */
  readonly parser: number;
  readonly isAlternate: boolean;
  /** What comes before the next line feed is the rest of something that was not seen. */
  readonly isSkipping: boolean;
  /** Lines that are drawn over others. */
  readonly redrawLines: number;
}

const PARSER_MASK = 0x0f;
const ALTERNATE = 0x10;
const SKIPPING = 0x20;
const REDRAW_SHIFT = 8;
export const MAX_REDRAW_LINES = 0xff;

export const START_STATE = 0;
export const MIDDLE_STATE = SKIPPING;

export function packState(state: ExtractorState): number {
  return (
    (state.parser & PARSER_MASK) |
    (state.isAlternate ? ALTERNATE : 0) |
    (state.isSkipping ? SKIPPING : 0) |
    (state.redrawLines << REDRAW_SHIFT)
  );
}

export function unpackState(packed: number): ExtractorState {
  return {
    parser: packed & PARSER_MASK,
    isAlternate: (packed & ALTERNATE) !== 0,
    isSkipping: (packed & SKIPPING) !== 0,
    redrawLines: (packed >> REDRAW_SHIFT) & MAX_REDRAW_LINES,
  };
}
