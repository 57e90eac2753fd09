/* eslint-disable no-control-regex -- what terminals say to programs is made of control characters */

/** Answers of the emulator to queries of a program: cursor position, device attributes, modes, colours, settings. */
const CSI_REPLY = /^\x1b\[[?>=]?[\d;]*\$?[cnRty]$/;
const STRING_REPLY = /^\x1b[P\]][^\x07\x1b]*(?:\x07|\x1b\\)$/;
const FOCUS = /^\x1b\[[IO]$/;
const MOUSE = /^\x1b\[(?:<[\d;]+[Mm]|M[\s\S]{3})/;

/** Whether the emulator said this by itself: an answer, or that it has the focus. */
export function isAutomatic(data: string): boolean {
  return CSI_REPLY.test(data) || STRING_REPLY.test(data) || FOCUS.test(data);
}

/** Whether the user meant to type: then this window takes the size. Moving the pointer does not. */
export function isTyped(data: string): boolean {
  return !isAutomatic(data) && !MOUSE.test(data);
}
