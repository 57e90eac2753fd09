import type { EndReason } from '@holdfast/protocol';
import { h } from './dom';
import type { SizeStatus } from './size-keeper';

export interface ExitStatus {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason?: EndReason;
}

export interface PaneActions {
  close(): void;
  openNew(): void;
  /** What `openNew` opens: "New terminal". */
  readonly newLabel: string;
  takeSize(): void;
}

/** Something else to do about an ending than a new session or closing the tab. */
export interface ExitChoice {
  readonly label: string;
  readonly run: () => void;
}

/** "Process exited with code 3", "Process ended by SIGKILL". */
export function exitSentence({ exitCode, signal, reason }: ExitStatus): string {
  if (reason === 'host-lost') return 'The machine or the PTY host was lost, and the process with it';
  if (reason === 'hibernated') return 'Asleep; its conversation is kept';
  if (reason === 'expired') return 'Ended because nobody used it for long';
  if (signal) return `Process ended by ${signal.startsWith('SIG') ? signal : `SIG${signal}`}`;
  return exitCode === null ? 'Process ended' : `Process exited with code ${exitCode}`;
}

/** What a terminal's pane says about its state, around the emulator. */
export class PaneNotices {
  private readonly size = h('span', { class: 'size-text' });
  private readonly chip = h(
    'div',
    { class: 'size-chip', hidden: true, testid: 'size-chip' },
    this.size,
    h(
      'button',
      { class: 'button button-small', type: 'button', onclick: () => this.actions.takeSize() },
      'Fit to this window',
    ),
  );
  private readonly message = h('span', { class: 'notice-text', testid: 'exit-text' });
  private readonly again = h('button', {
    class: 'button button-small button-primary',
    type: 'button',
    hidden: true,
    testid: 'exit-again',
  });
  private readonly fresh = h('button', {
    class: 'button button-small',
    type: 'button',
    onclick: () => this.actions.openNew(),
  });
  private readonly exit = h(
    'div',
    { class: 'notice notice-exit', role: 'status', hidden: true, testid: 'exit-bar' },
    this.message,
    this.again,
    this.fresh,
    h('button', { class: 'button button-small', type: 'button', onclick: () => this.actions.close() }, 'Close'),
  );
  private readonly loading = h(
    'div',
    { class: 'pane-loading', testid: 'pane-loading' },
    h('span', { class: 'spinner' }),
    'Opening …',
  );
  readonly elements: readonly HTMLElement[] = [this.exit, this.chip, this.loading];
  private choice: ExitChoice | undefined;

  constructor(private readonly actions: PaneActions) {
    this.again.addEventListener('click', () => this.choice?.run());
    this.fresh.textContent = actions.newLabel;
  }

  showOpening(): void {
    this.showNothing();
    this.loading.hidden = false;
  }

  showOpened(): void {
    this.loading.hidden = true;
    this.exit.hidden = true;
  }

  showSize({ size, foreign }: SizeStatus, canTake: boolean): void {
    this.chip.hidden = foreign === undefined;
    const why = foreign === 'left' ? 'as it was left' : 'sized by another window';
    this.size.textContent = `${size.cols} × ${size.rows}, ${why}`;
    (this.chip.lastElementChild as HTMLElement).hidden = !canTake;
  }

  showExit(status: ExitStatus, choice?: ExitChoice): void {
    this.choice = choice;
    this.showEnd(exitSentence(status), status.exitCode === 0 ? 'ok' : 'bad');
  }

  /** Nothing is there to be opened yet, and nothing is wrong. */
  showNothing(): void {
    this.loading.hidden = this.exit.hidden = this.chip.hidden = true;
  }

  showFailure(text: string, choice?: ExitChoice): void {
    this.choice = choice;
    this.showEnd(text, 'bad');
  }

  private showEnd(text: string, mood: 'ok' | 'bad'): void {
    this.loading.hidden = true;
    this.chip.hidden = true;
    this.message.textContent = text;
    this.again.hidden = this.choice === undefined;
    this.again.textContent = this.choice?.label ?? '';
    this.exit.dataset.mood = mood;
    this.exit.hidden = false;
  }
}
