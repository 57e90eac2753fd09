import { isTerminalReply } from '@holdfast/protocol';

/* eslint-disable-next-line no-control-regex -- what a mouse says begins with ESC */
const MOUSE = /^\x1b\[(?:<[\d;]+[Mm]|M[\s\S]{3})/;

/** Whether the user meant to type: then this window takes the size. Moving the pointer does not. */
export function isTyped(data: string): boolean {
  return !isTerminalReply(data) && !MOUSE.test(data);
}
