import type { ClaudeAttention } from '@holdfast/protocol';
import { h } from '../dom';
import { icon } from '../icons';
import { openMenu, type MenuItem } from '../menu';
import type { AttentionList } from './attention-list';
import { plainTitle, roughly, wordsOf } from './state-words';
import { visible } from './visible-text';

/** Of what a session wants to do, in the list. */
const MAX_SUMMARY = 90;

export function nameOf({ name }: Pick<ClaudeAttention, 'name'>): string {
  return visible(plainTitle(name)) || 'Claude';
}

/** In the top bar: how many sessions of the user wait for them, and the way to each. */
export class AttentionButton {
  private readonly count = h('span', { class: 'attention-count', testid: 'attention-count' });
  readonly element = h(
    'button',
    { class: 'attention-button', type: 'button', hidden: true, 'aria-haspopup': 'menu', testid: 'attention-button' },
    icon('hand'),
    this.count,
  );
  private readonly unwatch: () => void;

  constructor(
    private readonly list: AttentionList,
    private readonly jump: (session: ClaudeAttention) => void,
  ) {
    this.element.addEventListener('click', () => this.open());
    this.unwatch = list.sessions.watch(() => this.update());
  }

  /** The only one at once; of several, the choice. */
  open(): void {
    const waiting = this.list.needsMe;
    const [only] = waiting;
    if (only && waiting.length === 1) this.jump(only);
    else
      openMenu(
        this.element,
        waiting.map((session) => this.item(session)),
        'Sessions that need you',
      );
  }

  dispose(): void {
    this.unwatch();
  }

  private update(): void {
    const { length } = this.list.needsMe;
    this.element.hidden = length === 0;
    this.count.textContent = String(length);
    const label = length === 1 ? '1 session needs you' : `${length} sessions need you`;
    this.element.setAttribute('aria-label', label);
    this.element.title = label;
  }

  private item(session: ClaudeAttention): MenuItem {
    const what = session.summary ? visible(session.summary).slice(0, MAX_SUMMARY) : wordsOf(session);
    return {
      label: nameOf(session),
      note: what,
      hint: roughly(Date.now() - session.since),
      run: () => this.jump(session),
      testid: 'attention-item',
    };
  }
}
