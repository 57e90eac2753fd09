import type { SuggestedCommand } from '@holdfast/client';
import type { SuggestionApi } from './suggestion-api';
import { suggestionInput } from './suggestion-input';
import { SuggestionPopover } from './suggestion-popover';
import type { SuggestionPrompt } from './suggestion-prompt';
import type { TerminalView } from './terminal-view';

interface Deps {
  readonly api: Pick<SuggestionApi, 'ask'>;
  readonly view: Pick<TerminalView, 'area' | 'focus' | 'type' | 'xterm'>;
  readonly sessionId: string;
  readonly prompt: Pick<SuggestionPrompt, 'line'>;
  readonly isRepair: boolean;
  readonly onClosed: () => void;
  readonly say: (error: unknown) => string;
}

/** One question: from the key to what is put at the prompt, or to the next key that is typed. */
export class SuggestionAsking {
  private readonly popover: SuggestionPopover;
  private current = new AbortController();
  private isClosed = false;

  constructor(private readonly deps: Deps) {
    this.popover = new SuggestionPopover(
      {
        accept: (command) => this.accept(command),
        includeOutput: (include) => void this.ask(include),
        close: () => this.close(),
      },
      false,
    );
  }

  begin(): void {
    const { area, xterm } = this.deps.view;
    const { cursorY } = xterm.buffer.active;
    this.popover.place(area, (area.clientHeight * cursorY) / xterm.rows);
    void this.ask(false);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.current.abort();
    this.popover.element.remove();
    this.deps.onClosed();
    this.deps.view.focus();
  }

  private async ask(includeOutput: boolean): Promise<void> {
    this.current.abort();
    const { signal } = (this.current = new AbortController());
    this.popover.clear();
    const line = this.deps.isRepair ? '' : (this.deps.prompt.line()?.text ?? '');
    try {
      for await (const event of this.deps.api.ask({ sessionId: this.deps.sessionId, line, includeOutput }, signal)) {
        if (signal.aborted) return;
        if (event.type === 'sent') this.popover.showSent(event.model, event.context);
        else if (event.type === 'suggestion') this.popover.add(event);
        else if (event.type === 'error') this.popover.fail(event.message);
        else this.popover.finish();
      }
    } catch (error) {
      if (!signal.aborted) this.popover.fail(this.deps.say(error));
    }
  }

  /** At the prompt, where the user decides whether it runs. */
  private accept({ cmd }: SuggestedCommand): void {
    const { view, prompt } = this.deps;
    const { keys, paste } = suggestionInput(cmd, prompt.line());
    this.close();
    if (keys !== '') view.type(keys);
    view.xterm.paste(paste);
  }
}
