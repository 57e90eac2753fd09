import type { ClaudeNotice } from '@holdfast/protocol';
import { h } from '../dom';
import { icon, type IconName } from '../icons';
import { cardButton } from './card';
import { visible } from './visible-text';

export interface BannerActions {
  /** Goes on with what was interrupted. */
  resume(): void;
  /** Leaves it as it is. */
  dismiss(): void;
}

const ICONS: Readonly<Record<ClaudeNotice['kind'], IconName>> = {
  interrupted: 'warning',
  resumed: 'info',
  'conversation-lost': 'warning',
  budget: 'warning',
  queued: 'clock',
};
/** These tell of something that is over, and go when they are closed. */
const CLOSABLE: readonly ClaudeNotice['kind'][] = ['resumed', 'conversation-lost', 'budget'];

/** The notice of a Claude session, above its terminal, for as long as it is active. */
export class ClaudeBanner {
  private notice: ClaudeNotice | undefined;
  private element: HTMLElement | undefined;
  private mayAct = true;

  constructor(
    private readonly place: HTMLElement,
    private readonly actions: BannerActions,
  ) {}

  show(notice: ClaudeNotice | undefined): void {
    this.notice = notice;
    this.element?.remove();
    this.element = notice && this.make(notice);
    if (this.element) this.place.append(this.element);
  }

  /** A viewer sees it, and no buttons. */
  setMayAct(mayAct: boolean): void {
    if (mayAct === this.mayAct) return;
    this.mayAct = mayAct;
    this.show(this.notice);
  }

  private make({ kind, text }: ClaudeNotice): HTMLElement {
    const banner = h(
      'div',
      { class: `notice notice-${kind}`, role: kind === 'interrupted' ? 'alert' : 'status', testid: `claude-${kind}` },
      icon(ICONS[kind]),
      h('span', null, visible(text)),
    );
    if (kind === 'interrupted' && this.mayAct) {
      banner.append(
        cardButton('Continue', 'button-small button-primary', 'claude-continue', () => this.actions.resume()),
        cardButton('Leave it', 'button-small', 'claude-dismiss', () => this.actions.dismiss()),
      );
    }
    if (CLOSABLE.includes(kind)) {
      const close = h('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close' }, icon('close'));
      close.addEventListener('click', () => this.show(undefined));
      banner.append(close);
    }
    return banner;
  }
}
