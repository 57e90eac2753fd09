/** The states of xterm.js's parser, in its own numbering (`common/parser/Constants.ts` of 6.0.0). */
export const GROUND = 0;
export const ESCAPE = 1;
export const ESCAPE_INTERMEDIATE = 2;
export const CSI_ENTRY = 3;
export const CSI_PARAM = 4;
export const CSI_INTERMEDIATE = 5;
export const CSI_IGNORE = 6;
export const SOS_PM_APC_STRING = 7;
export const OSC_STRING = 8;
export const DCS_ENTRY = 9;
export const DCS_PARAM = 10;
export const DCS_IGNORE = 11;
export const DCS_INTERMEDIATE = 12;
export const DCS_PASSTHROUGH = 13;

const STATES = 14;
/** Stands for every code point from U+00A0 on. */
export const NON_ASCII = 0xa0;

/**
 * Next state for `state << 8 | code`: the transitions of xterm.js's `VT500_TRANSITION_TABLE` without their actions, so that
 * the scanner agrees with the parser about where a sequence ends. What is not listed falls to GROUND there as here.
 */
export const NEXT_STATE = buildTable();

function buildTable(): Uint8Array {
  const table = new Uint8Array(STATES << 8);
  const go = (state: number, from: number, to: number, next: number): void => {
    for (let code = from; code <= to; code++) table[(state << 8) | code] = next;
  };
  const controls = (state: number): void => {
    go(state, 0x00, 0x17, state);
    go(state, 0x19, 0x19, state);
    go(state, 0x1c, 0x1f, state);
  };

  for (let state = 0; state < STATES; state++) {
    if (![DCS_PASSTHROUGH, OSC_STRING, GROUND].includes(state)) go(state, 0x7f, 0x7f, state);
    controls(state);
    go(state, 0x1b, 0x1b, ESCAPE);
    go(state, 0x90, 0x90, DCS_ENTRY);
    go(state, 0x98, 0x98, SOS_PM_APC_STRING);
    go(state, 0x9b, 0x9b, CSI_ENTRY);
    go(state, 0x9d, 0x9d, OSC_STRING);
    go(state, 0x9e, 0x9f, SOS_PM_APC_STRING);
  }

  go(ESCAPE, 0x20, 0x2f, ESCAPE_INTERMEDIATE);
  go(ESCAPE, 0x50, 0x50, DCS_ENTRY);
  go(ESCAPE, 0x58, 0x58, SOS_PM_APC_STRING);
  go(ESCAPE, 0x5b, 0x5b, CSI_ENTRY);
  go(ESCAPE, 0x5d, 0x5d, OSC_STRING);
  go(ESCAPE, 0x5e, 0x5f, SOS_PM_APC_STRING);
  go(ESCAPE_INTERMEDIATE, 0x20, 0x2f, ESCAPE_INTERMEDIATE);

  for (const state of [CSI_ENTRY, CSI_PARAM]) {
    go(state, 0x20, 0x2f, CSI_INTERMEDIATE);
    go(state, 0x30, 0x3b, CSI_PARAM);
    go(state, 0x3c, 0x3f, state === CSI_ENTRY ? CSI_PARAM : CSI_IGNORE);
  }
  go(CSI_INTERMEDIATE, 0x20, 0x2f, CSI_INTERMEDIATE);
  go(CSI_INTERMEDIATE, 0x30, 0x3f, CSI_IGNORE);
  go(CSI_IGNORE, 0x20, 0x3f, CSI_IGNORE);
  go(CSI_IGNORE, NON_ASCII, NON_ASCII, CSI_IGNORE);

  go(SOS_PM_APC_STRING, 0x20, 0x7e, SOS_PM_APC_STRING);

  go(OSC_STRING, 0x07, 0x07, GROUND);
  go(OSC_STRING, 0x20, 0x7f, OSC_STRING);
  go(OSC_STRING, NON_ASCII, NON_ASCII, OSC_STRING);

  for (const state of [DCS_ENTRY, DCS_PARAM, DCS_INTERMEDIATE]) {
    go(state, 0x20, 0x2f, DCS_INTERMEDIATE);
    go(state, 0x30, 0x3b, state === DCS_INTERMEDIATE ? DCS_IGNORE : DCS_PARAM);
    go(state, 0x3c, 0x3f, state === DCS_ENTRY ? DCS_PARAM : DCS_IGNORE);
    go(state, 0x40, 0x7e, DCS_PASSTHROUGH);
  }
  go(DCS_IGNORE, 0x20, 0x7f, DCS_IGNORE);
  go(DCS_IGNORE, NON_ASCII, NON_ASCII, DCS_IGNORE);
  go(DCS_PASSTHROUGH, 0x20, 0x7f, DCS_PASSTHROUGH);
  go(DCS_PASSTHROUGH, NON_ASCII, NON_ASCII, DCS_PASSTHROUGH);
  return table;
}
