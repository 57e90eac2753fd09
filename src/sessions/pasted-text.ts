import { cleanPaste, pasteInput } from '@holdfast/protocol';
import type { ScreenMirrors } from '../screen-mirror/screen-mirrors';

export interface PastedText {
  /** What is typed for it. */
  readonly input: string;
  readonly about: { readonly newlines: number; readonly ranLines: boolean; readonly removed: number };
}

/** A text as the program in this terminal wants pastes, without what could be keys. */
export async function pastedText(mirrors: ScreenMirrors, sessionId: string, text: string): Promise<PastedText> {
  const clean = cleanPaste(text);
  const { bracketedPaste } = await mirrors.text(sessionId);
  const { newlines, removed } = clean;
  return {
    input: pasteInput(clean, bracketedPaste),
    about: { newlines, ranLines: newlines > 0 && !bracketedPaste, removed },
  };
}
