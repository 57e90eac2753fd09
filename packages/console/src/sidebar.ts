import type { Project, SessionInfo } from './api';
import { h } from './dom';
import { icon, logo } from './icons';
import { openMenu, type MenuItem } from './menu';
import type { Gateway } from './session-label';
import { isOver } from './session-over';
import { SessionRow, type RowActions, type RowView } from './session-row';

export interface SidebarActions extends RowActions {
  openNew(gateway: Gateway): void;
  chooseProject(project: Project): void;
  createProject(): void;
  accountMenu(anchor: HTMLElement): void;
}

/** Projects, sessions and the account, at the left; on a phone a drawer. */
export class Sidebar {
  private readonly running = h('ul', { class: 'rows', testid: 'sessions-running' });
  private readonly ended = h('ul', { class: 'rows', testid: 'sessions-ended' });
  private readonly runningCount = h('span', { class: 'count' });
  private readonly endedCount = h('span', { class: 'count' });
  private readonly endedGroup = h(
    'details',
    { class: 'group', hidden: true },
    h('summary', null, icon('chevron'), 'Ended', this.endedCount),
    this.ended,
  );
  private readonly empty = h('p', { class: 'empty-list', hidden: true }, 'No terminal is running in this project.');
  private readonly projectName = h('span', { class: 'project-name' });
  private readonly projectButton = h(
    'button',
    {
      class: 'project-button',
      type: 'button',
      'aria-haspopup': 'menu',
      'aria-label': 'Project',
      testid: 'project-button',
      onclick: () => this.openProjects(),
    },
    icon('folder'),
    this.projectName,
    icon('chevron'),
  );
  private readonly newTerminal = this.newButton('terminal', 'Terminal', 'New terminal', 'new-terminal');
  private readonly newClaude = this.newButton('claude', 'Claude', 'New Claude session', 'new-claude');
  readonly element: HTMLElement;
  private readonly rows = new Map<string, SessionRow>();
  private projects: readonly Project[] = [];
  private current: Project | undefined;

  constructor(
    private readonly actions: SidebarActions,
    email: string,
    newHint: string,
  ) {
    this.newTerminal.title = newHint;
    const account = h(
      'button',
      { class: 'account-button', type: 'button', 'aria-haspopup': 'menu', testid: 'account-button' },
      icon('user'),
      h('span', { class: 'account-name' }, email),
      icon('more'),
    );
    account.addEventListener('click', () => actions.accountMenu(account));
    this.element = h(
      'nav',
      {
        class: 'sidebar',
        id: 'sidebar',
        'aria-label': 'Terminals',
        testid: 'sidebar',
        onkeydown: (event: KeyboardEvent) => this.onKey(event),
      },
      h('div', { class: 'brand' }, logo(), h('span', null, 'Holdfast')),
      this.projectButton,
      h('div', { class: 'new-buttons' }, this.newTerminal, this.newClaude),
      h(
        'div',
        { class: 'session-lists' },
        h(
          'section',
          { class: 'group', 'aria-label': 'Running terminals' },
          h('h2', null, 'Running', this.runningCount),
          this.running,
          this.empty,
        ),
        this.endedGroup,
      ),
      account,
    );
  }

  showProjects(projects: readonly Project[], current: Project | undefined): void {
    this.projects = projects;
    this.current = current;
    this.projectName.textContent = current?.name ?? 'No project';
  }

  /** Why no Claude session can be made; it stays to be pressed, because a finger has no tooltips. */
  showClaudeObstacle(obstacle: string | undefined): void {
    this.newClaude.setAttribute('aria-disabled', String(obstacle !== undefined));
    this.newClaude.title = obstacle ?? 'New Claude session';
  }

  showSessions(views: readonly RowView[]): void {
    const live = views.filter(({ session }) => !isOver(session));
    const over = views.filter(({ session }) => isOver(session));
    for (const [id, row] of this.rows) {
      if (views.some(({ session }) => session.id === id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    this.place(this.running, live);
    this.place(this.ended, over);
    this.runningCount.textContent = String(live.length);
    this.endedCount.textContent = String(over.length);
    this.endedGroup.hidden = over.length === 0;
    this.empty.hidden = live.length > 0;
  }

  /** Where the keyboard goes from a terminal: the current session's row, else the first. */
  focusList(): void {
    const find = (selector: string): HTMLElement | null => this.element.querySelector(selector);
    const target = find('.row.current .row-main') ?? find('.row .row-main') ?? find('.new-button');
    target?.focus();
  }

  rename(session: SessionInfo): void {
    this.rows.get(session.id)?.startRename();
  }

  private newButton(gateway: Gateway, text: string, label: string, testid: string): HTMLButtonElement {
    return h(
      'button',
      {
        class: 'button new-button',
        type: 'button',
        'aria-label': label,
        title: label,
        testid,
        onclick: () => this.actions.openNew(gateway),
      },
      icon('plus'),
      text,
    );
  }

  private place(list: HTMLElement, views: readonly RowView[]): void {
    views.forEach((view, at) => {
      const row = this.rows.get(view.session.id) ?? new SessionRow(this.actions);
      this.rows.set(view.session.id, row);
      row.update(view);
      // Moving a node takes the focus from it, so only what is in the wrong place moves.
      if (list.children[at] !== row.element) {
        const focused = row.hasFocus;
        list.insertBefore(row.element, list.children[at] ?? null);
        if (focused) row.focus();
      }
    });
  }

  private openProjects(): void {
    const items: MenuItem[] = this.projects.map((project) => ({
      label: project.name,
      checked: project.id === this.current?.id,
      run: () => this.actions.chooseProject(project),
    }));
    openMenu(
      this.projectButton,
      [
        ...items,
        'separator',
        { label: 'New project …', run: () => this.actions.createProject(), testid: 'new-project' },
      ],
      'Projects',
    );
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...this.element.querySelectorAll<HTMLElement>('.row-main')].filter((row) => row.offsetParent);
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
    event.preventDefault();
  }
}
