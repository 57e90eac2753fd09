import type { EndReason } from '@holdfast/protocol';
import { h } from './dom';
import { icon } from './icons';
import type { SizeStatus } from './size-keeper';

export interface ExitStatus {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason?: EndReason;
}

export interface PaneActions {
  close(): void;
  openNew(): void;
  takeSize(): void;
}

/** "Process exited with code 3", "Process ended by SIGKILL". */
export function exitSentence({ exitCode, signal, reason }: ExitStatus): string {
  if (reason === 'host-lost') return 'The machine or the PTY host was lost, and the process with it';
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
  private readonly viewer = h(
    'div',
    { class: 'notice notice-viewer', role: 'status', hidden: true, testid: 'viewer-banner' },
    icon('info'),
    h('span', null, 'You are watching. Only members who may write can type here.'),
  );
  private readonly message = h('span', { class: 'notice-text', testid: 'exit-text' });
  private readonly exit = h(
    'div',
    { class: 'notice notice-exit', role: 'status', hidden: true, testid: 'exit-bar' },
    this.message,
    h(
      'button',
      { class: 'button button-small', type: 'button', onclick: () => this.actions.openNew() },
      'New terminal',
    ),
    h('button', { class: 'button button-small', type: 'button', onclick: () => this.actions.close() }, 'Close'),
  );
  private readonly loading = h(
    'div',
    { class: 'pane-loading', testid: 'pane-loading' },
    h('span', { class: 'spinner' }),
    'Opening …',
  );
  readonly elements: readonly HTMLElement[] = [this.viewer, this.exit, this.chip, this.loading];

  constructor(private readonly actions: PaneActions) {}

  showOpened(viewer: boolean): void {
    this.loading.hidden = true;
    this.exit.hidden = true;
    this.viewer.hidden = !viewer;
  }

  showSize({ size, foreign }: SizeStatus, canTake: boolean): void {
    this.chip.hidden = foreign === undefined;
    const why = foreign === 'left' ? 'as it was left' : 'sized by another window';
    this.size.textContent = `${size.cols} × ${size.rows}, ${why}`;
    (this.chip.lastElementChild as HTMLElement).hidden = !canTake;
  }

  showExit(status: ExitStatus): void {
    this.showEnd(exitSentence(status), status.exitCode === 0 ? 'ok' : 'bad');
  }

  showFailure(text: string): void {
    this.showEnd(text, 'bad');
  }

  private showEnd(text: string, mood: 'ok' | 'bad'): void {
    this.loading.hidden = true;
    this.chip.hidden = true;
    this.message.textContent = text;
    this.exit.dataset.mood = mood;
    this.exit.hidden = false;
  }
}
