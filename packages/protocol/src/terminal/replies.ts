/* eslint-disable no-control-regex -- what terminals say to programs is made of control characters */

/**
 * What an emulator says by itself: answers to queries of a program (cursor position, device attributes, modes, colours, settings), and
 * that it has or lost the focus. `CSI 1 ; 2 … 8 R` is not among them: it is F3 with Shift, Alt or Ctrl, too.
 */
const REPLY = /^(?:\x1b\[(?!1;[2-8]R)[?>=]?[\d;]*\$?[cnRty]|\x1b[P\]][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[IO])+$/;

/** Longer input is no answer that anybody waits for, and is not looked at. */
const MAX_REPLY_BYTES = 1024;

export function isTerminalReply(input: string): boolean {
  return input.length <= MAX_REPLY_BYTES && REPLY.test(input);
}

/** The same for input as it comes over the wire. */
export function isTerminalReplyBytes(input: Uint8Array): boolean {
  if (input.length > MAX_REPLY_BYTES || input[0] !== 0x1b) return false;
  return REPLY.test(String.fromCharCode(...input));
}
