import type { Opened, Terminal, TerminalEvents } from '@holdfast/client';
import { h, replaceChildren } from './dom';
import { icon } from './icons';
import { openMenu, type MenuItem } from './menu';
import type { Toasts } from './toasts';

type Presence = TerminalEvents['presence'];
type Notice = TerminalEvents['notice'];
type Request = TerminalEvents['write.requested'];

/** The others at a terminal: who they are, who watches, who wants to type, and what the user may do about it. */
export class PanePeople {
  private readonly count = h('span');
  private readonly chip = h(
    'button',
    {
      class: 'people-chip',
      type: 'button',
      hidden: true,
      title: 'Who has this terminal open',
      'aria-haspopup': 'menu',
      testid: 'people-chip',
      onclick: () => this.openList(),
    },
    icon('people'),
    this.count,
  );
  private readonly ask = h(
    'button',
    { class: 'button button-small', type: 'button', testid: 'ask-write', onclick: () => this.terminal?.requestWrite() },
    'Ask to type',
  );
  private readonly viewerText = h('span');
  private readonly viewer = h(
    'div',
    { class: 'notice', role: 'status', hidden: true, testid: 'viewer-banner' },
    icon('info'),
    this.viewerText,
    this.ask,
  );
  /** What is said at the top of the pane. */
  readonly banners = h('div', { class: 'banners' }, this.viewer);
  readonly elements: readonly HTMLElement[] = [this.banners, this.chip];
  private readonly watchers = new Map<string, HTMLElement>();
  private readonly requests = new Map<string, HTMLElement>();
  private terminal: Terminal | undefined;
  private opened: Opened | undefined;
  private presence: Presence = { viewers: [] };

  constructor(
    private readonly toasts: Toasts,
    /** Of the one who looks at this page. */
    private readonly userId: string,
  ) {}

  bind(terminal: Terminal): void {
    this.terminal = terminal;
    terminal.on('opened', (opened) => this.reset(opened));
    terminal.on('role', () => this.showRole());
    terminal.on('presence', (presence) => this.showPresence(presence));
    terminal.on('notice', (notice) => this.showNotice(notice));
    terminal.on('write.requested', (request) => this.showRequest(request));
    terminal.on('write.pending', () => this.showPending());
    terminal.on('write.settled', ({ requestId, allowed }) => this.settle(requestId, allowed));
    terminal.on('exit', () => this.clear());
    terminal.on('closed', () => this.clear());
  }

  private reset(opened: Opened): void {
    this.opened = opened;
    this.clear();
    this.showRole();
  }

  /** Nobody else is known to be there. */
  private clear(): void {
    for (const banner of [...this.watchers.values(), ...this.requests.values()]) banner.remove();
    this.watchers.clear();
    this.requests.clear();
    this.viewer.hidden = true;
    this.showPresence({ viewers: [] });
  }

  private showRole(): void {
    const access = this.opened?.guest?.access;
    this.viewer.hidden = this.terminal?.role !== 'viewer';
    this.ask.hidden = access === 'view' || access === 'watch';
    this.viewerText.textContent =
      access === 'watch'
        ? 'You are watching as an administrator. Whoever is here can see it.'
        : access
          ? 'You are watching: this terminal was shared with you.'
          : 'You are watching. Only members who may write can type here.';
  }

  private showPending(): void {
    this.ask.hidden = true;
    this.viewerText.textContent = 'You asked to type. Waiting for an answer …';
  }

  private settle(requestId: string, allowed: boolean): void {
    const banner = this.requests.get(requestId);
    this.requests.delete(requestId);
    banner?.remove();
    if (banner || allowed) return;
    this.showRole();
    this.toasts.info('Nobody allowed you to type. You can ask again in a moment.');
  }

  private showPresence(presence: Presence): void {
    this.presence = presence;
    const people = presence.viewers.length + (presence.more ?? 0);
    this.chip.hidden = people < 2;
    this.count.textContent = String(people);
    this.chip.setAttribute('aria-label', `${people} people have this terminal open`);
  }

  private showNotice({ kind, active, text, by }: Notice): void {
    // Stays when the terminal has gone.
    if (kind === 'terminated') return this.toasts.info(text);
    this.watchers.get(by.id)?.remove();
    this.watchers.delete(by.id);
    if (!active) return;
    const banner = h(
      'div',
      { class: 'notice notice-watched', role: 'alert', testid: 'watch-banner' },
      icon('warning'),
      h('span', null, text),
    );
    this.watchers.set(by.id, banner);
    this.banners.append(banner);
  }

  private showRequest({ requestId, user }: Request): void {
    const answer = (allow: boolean) => () => this.terminal?.answerWrite(requestId, allow);
    const banner = h(
      'div',
      { class: 'notice', role: 'alert', testid: 'write-request' },
      icon('keyboard'),
      h('span', null, `${user.email} asks to type here.`),
      button('Allow', 'button-primary', 'write-allow', answer(true)),
      button('Refuse', '', 'write-refuse', answer(false)),
    );
    this.requests.set(requestId, banner);
    this.banners.append(banner);
  }

  private openList(): void {
    const { viewers, more = 0 } = this.presence;
    const list = h('ul', { class: 'people', testid: 'people-list' });
    replaceChildren(
      list,
      ...viewers.map(({ user, role }) =>
        h('li', null, h('span', null, user.email), h('em', null, role === 'writer' ? 'can type' : 'watches')),
      ),
      more > 0 && h('li', null, `and ${more} more`),
    );
    openMenu(this.chip, this.opened?.manages ? viewers.flatMap((viewer) => this.itemsFor(viewer)) : [], 'People', list);
  }

  private itemsFor({ user, role }: Presence['viewers'][number]): MenuItem[] {
    if (user.id === this.userId) return [];
    const stop: MenuItem = { label: `Stop ${user.email} typing`, run: () => this.terminal?.revokeWrite(user.id) };
    const kick: MenuItem = {
      label: `Send ${user.email} away`,
      danger: true,
      run: () => this.terminal?.kick(user.id),
      testid: 'kick',
    };
    return role === 'writer' ? [stop, kick] : [kick];
  }
}

function button(label: string, kind: string, testid: string, onclick: () => void): HTMLButtonElement {
  return h('button', { class: `button button-small ${kind}`.trim(), type: 'button', testid, onclick }, label);
}
