import { printable } from '@holdfast/protocol';
import type { TypedLine } from './suggestion-prompt';

/** As the server checks it; what is pasted could end the paste. */
const MAX_COMMAND = 400;
/** The line editor's: from the cursor to the beginning of the line, and to its end. */
const ERASE = '\x15';
const TO_END = '\x05';

export interface SuggestionInput {
  /** Keys before it, as if they were typed. */
  readonly keys: string;
  /** What is pasted; the program learns that nobody typed it. Never with Enter. */
  readonly paste: string;
}

/** How a suggestion takes the place of what stands at the prompt: what is missing at its end, or all of it. */
export function suggestionInput(suggested: string, line: TypedLine | undefined): SuggestionInput {
  const command = printable(suggested, MAX_COMMAND);
  const typed = line?.text ?? '';
  const isEnd = line?.cursorAtEnd ?? true;
  if (typed.trim() === '') return { keys: typed === '' ? '' : ERASE, paste: command };
  if (isEnd && command.startsWith(typed)) return { keys: '', paste: command.slice(typed.length) };
  return { keys: isEnd ? ERASE : TO_END + ERASE, paste: command };
}
