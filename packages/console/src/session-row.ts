import type { ClaudeState } from '@holdfast/protocol';
import type { SessionInfo } from './api';
import { h } from './dom';
import { icon } from './icons';
import { renameInline } from './inline-rename';
import { exitSentence } from './pane-notices';
import { STATE_WORDS, wordsOf } from './claude/state-words';
import { labelOf } from './session-label';
import { isAsleep, isOver } from './session-over';
import type { TabState } from './session-tab';

export interface RowActions {
  open(session: SessionInfo): void;
  rename(session: SessionInfo, name: string): void;
  terminate(session: SessionInfo): void;
  menu(session: SessionInfo, anchor: HTMLElement | { x: number; y: number }, row: SessionRow): void;
}

/** What the list shows of a session beside the server's record: its opened tab, and whether something is new. */
export interface RowView {
  readonly session: SessionInfo;
  readonly tab?: TabState;
  readonly claude?: ClaudeState;
  readonly current: boolean;
  readonly news: boolean;
}

/** One line of the session list. */
export class SessionRow {
  private readonly state = h('span', { class: 'state-dot' });
  private readonly name = h('span', { class: 'row-name', testid: 'session-name' });
  private readonly note = h('span', { class: 'row-note' });
  private readonly kind = h('span', { class: 'row-kind', title: 'Claude', hidden: true }, icon('chat'));
  private readonly bell = h('span', { class: 'row-bell', title: 'The bell rang', hidden: true }, icon('bell'));
  private readonly news = h('span', { class: 'news-dot', title: 'New output', hidden: true, testid: 'news-dot' });
  private readonly button = h(
    'button',
    {
      class: 'row-main',
      type: 'button',
      testid: 'session-row',
      onclick: () => this.actions.open(this.session),
      ondblclick: () => this.startRename(),
      onkeydown: (event: KeyboardEvent) => this.onKey(event),
    },
    this.state,
    h('span', { class: 'row-texts' }, this.name, this.note),
    this.kind,
    this.bell,
    this.news,
  );
  private readonly more = h(
    'button',
    {
      class: 'icon-button row-more',
      type: 'button',
      'aria-label': 'Actions',
      'aria-haspopup': 'menu',
      testid: 'session-menu',
    },
    icon('more'),
  );
  readonly element = h('li', { class: 'row' }, this.button, this.more);
  private session!: SessionInfo;

  constructor(private readonly actions: RowActions) {
    this.more.addEventListener('click', () => actions.menu(this.session, this.more, this));
    this.element.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      actions.menu(this.session, { x: event.clientX, y: event.clientY }, this);
    });
  }

  update({ session, tab, claude, current, news }: RowView): void {
    this.session = session;
    const { gateway } = session;
    const title = tab?.title || session.title || '';
    const name = labelOf({ name: session.name, title, gateway });
    const ended = isOver(session) || tab?.phase === 'ended';
    const exit = tab?.exit ?? session;
    const living = gateway === 'claude' ? claudeState(session, claude) : undefined;
    const says = living ? wordsOf(living) : session.status;
    setText(this.name, name);
    setText(this.note, ended ? exitSentence(exit) : living ? says : title !== name ? title : '');
    this.state.dataset.state = ended ? (exit.exitCode === 0 ? 'ended' : 'failed') : session.status;
    if (living && !ended) this.state.dataset.mood = STATE_WORDS[living.state].mood;
    else delete this.state.dataset.mood;
    this.kind.hidden = gateway !== 'claude';
    this.bell.hidden = !tab?.bell;
    this.news.hidden = !(tab?.unread || news);
    this.element.classList.toggle('current', current);
    this.element.classList.toggle('attached', tab !== undefined);
    this.button.setAttribute('aria-current', String(current));
    const unread = this.news.hidden ? '' : ', new output';
    this.button.setAttribute('aria-label', `${name}, ${ended ? exitSentence(exit) : says}${unread}`);
    this.button.title = this.note.textContent ? `${name} — ${this.note.textContent}` : name;
  }

  focus(): void {
    this.button.focus();
  }

  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  startRename(): void {
    const { session } = this;
    // Not inside the button: a space typed there would press it.
    renameInline(this.button, this.name.textContent ?? '', (name) => {
      if (name) this.actions.rename(session, name);
      this.focus();
    });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'F2') this.startRename();
    else if (event.key === 'Delete' && this.session.status !== 'ended') this.actions.terminate(this.session);
    else return;
    event.preventDefault();
  }
}

/** What is known last of a Claude session that is not over; `undefined` before anybody has said. */
function claudeState(
  session: SessionInfo,
  told: ClaudeState | undefined,
): Pick<ClaudeState, 'state' | 'kind'> | undefined {
  return isAsleep(session) && told?.state !== 'working' ? { state: 'hibernated' } : told;
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
