import { Api } from './api';
import type { AuthStore } from './auth-store';
import { ClaudePart } from './claude/claude-part';
import { Clients } from './clients';
import { installShortcuts } from './commands';
import { ConnectionIndicator } from './connection-indicator';
import { exposeDebugHandle } from './debug-handle';
import { prompt } from './dialog';
import { h, listen } from './dom';
import { sentence } from './errors';
import { openHelp } from './help-dialog';
import { keyRow } from './key-row';
import type { User } from './login-tokens';
import { openMenu } from './menu';
import type { Observable } from './observable';
import { NewSessions } from './new-session';
import { accountItems, moreItems, terminalItems } from './page-menus';
import { keepPageTitle } from './page-title';
import { readRoute, takeShareToken } from './route';
import { SeenActivity } from './seen-activity';
import { SessionActions, targetOf } from './session-actions';
import { existing } from './existing-sessions';
import { SessionList } from './session-list';
import type { Settings } from './settings';
import { openSettings } from './settings-dialog';
import { Sidebar } from './sidebar';
import { SidebarPresenter } from './sidebar-presenter';
import { StickyKeys } from './sticky-keys';
import { SuggestionPart } from './suggestion-part';
import { TabMemory } from './tab-memory';
import { TabStrip } from './tabs';
import { Toasts } from './toasts';
import { topBar } from './top-bar';
import { untilReached } from './until-reached';
import type { Viewport } from './viewport';
import { welcomePane } from './welcome-pane';
import { Workspace } from './workspace';
import { workspaceCommands } from './workspace-commands';

export interface ConsoleDeps {
  readonly auth: AuthStore;
  readonly user: User;
  readonly settings: Observable<Settings>;
  readonly viewport: Viewport;
  /** Builds the page again, with a new connection. */
  readonly restart: () => void;
}

/** Narrower pages have the list as a drawer. Keep equal to the style sheet. */
const phone = matchMedia('(max-width: 700px)');

/** The page of a signed-in user. */
export function consolePage({ auth, user, settings, viewport, restart }: ConsoleDeps): {
  element: HTMLElement;
  dispose(): void;
} {
  // At once: the address is rewritten as soon as a terminal is open.
  const shareToken = takeShareToken();
  const api = new Api(auth);
  const toasts = new Toasts();
  const sticky = new StickyKeys();
  const list = new SessionList(api);
  const clients = new Clients(api);
  // Without a connection the indicator says it already, and better.
  clients.on('error', ({ message }, client) => client.state.name === 'online' && toasts.error(message));

  const closeDrawer = (): void => document.documentElement.removeAttribute('data-drawer');
  const openShared = async (token: string | undefined): Promise<void> => {
    if (token === undefined) return;
    try {
      const { sessionId, projectId, name, title } = await api.redeemShare(token);
      const [ref] = await existing([{ sessionId, projectId, name: name ?? title }], api, toasts);
      if (ref) workspace.open(ref);
    } catch (error) {
      toasts.error(sentence(error));
    }
  };
  const createProject = async (): Promise<void> => {
    const name = await prompt('New project', 'Name', '', 'Create');
    if (name) await list.create(name).catch((error: unknown) => toasts.error(sentence(error)));
  };

  const news = new NewSessions({
    ...{ list, toasts, createProject },
    workspace: () => workspace,
    availability: () => claude.availability,
    ready: () => restored,
  });
  const openTerminal = (): void => news.open('terminal');
  const workspace: Workspace = new Workspace({
    ...{ settings, toasts, sticky, viewport },
    openNew: news.open,
    clientOf: (gateway) => clients.of(gateway),
    memory: new TabMemory(user.id),
    userId: user.id,
    mayWrite: (id) => list.projects.value.find((project) => project.id === id)?.role !== 'viewer',
    changed: () => list.refreshSoon(),
    existing: (refs) => existing(refs, api, toasts),
    forceSize: (tab, size) => void actions.forceSize(tab, size),
    contextMenu: (tab, { clientX: x, clientY: y }) => openMenu({ x, y }, terminalItems(tab, hint, actions), 'Terminal'),
  });
  const claude = new ClaudePart({ api, clients, settings, workspace });
  const suggestions = new SuggestionPart({ auth, settings, workspace, toasts });
  const showSettings = (): void => openSettings(settings, suggestions.settingsBody());
  const actions = new SessionActions(api, list, workspace, toasts);
  const sidebar: Sidebar = new Sidebar(
    {
      openNew: news.open,
      open: ({ id, projectId, name, gateway }) => {
        closeDrawer();
        workspace.open({ sessionId: id, projectId, name, gateway });
      },
      rename: (session, name) => void actions.rename(SidebarPresenter.target(session), name),
      terminate: (session) => void actions.terminate(SidebarPresenter.target(session)),
      menu: (session, anchor, row) =>
        openMenu(
          anchor,
          actions.menu(SidebarPresenter.target(session), () => row.startRename()),
          'Terminal',
        ),
      chooseProject: (project) => list.choose(project),
      createProject: () => void createProject(),
      accountMenu: (anchor) =>
        openMenu(anchor, accountItems(auth, api, toasts), 'Account', h('p', { class: 'menu-header' }, user.email)),
    },
    user.email,
    'New terminal',
  );
  const commands = workspaceCommands({
    ...{ workspace, sidebar, settings, openNew: openTerminal },
    openAttention: () => claude.button.open(),
    openHelp: () => openHelp(commands),
    openSettings: showSettings,
  }).concat(suggestions.command);
  const hint = (id: string): string => commands.find((command) => command.id === id)?.keys ?? '';
  const run = (id: string) => (): void =>
    commands.find((command) => command.id === id)?.run(new KeyboardEvent('keydown'));

  const strip = new TabStrip({
    activate: (tab) => workspace.activate(tab),
    close: (tab) => workspace.close(tab),
    rename: (tab) => void askName(tab),
    menu: (tab, anchor) => {
      const target = targetOf(tab);
      if (target) openMenu(anchor, actions.menu(target), 'Terminal');
    },
  });
  const askName = async (tab: Parameters<typeof targetOf>[0]): Promise<void> => {
    const target = targetOf(tab);
    if (target) await actions.askName(target);
  };

  const indicator = new ConnectionIndicator(clients, {
    signIn: () => void auth.restore().then((ok) => (ok ? restart() : auth.forget())),
    restart,
  });
  const bar = topBar(
    strip.element,
    [claude.button.element, suggestions.button, indicator.element],
    {
      chooseNew: (anchor) => openMenu(anchor, news.items(hint('new')), 'New session'),
      search: run('search'),
      smaller: run('smaller'),
      larger: run('bigger'),
      openSettings: showSettings,
      openHelp: () => openHelp(commands),
      more: (anchor) => openMenu(anchor, moreItems(run, showSettings), 'More'),
      toggleSidebar: () => {
        if (phone.matches) document.documentElement.toggleAttribute('data-drawer');
        else settings.patch({ sidebarHidden: !settings.value.sidebarHidden });
      },
    },
    hint,
  );
  const welcome = welcomePane(news.open, hint('new'));
  workspace.element.append(welcome);
  const element = h(
    'div',
    { class: 'console', testid: 'console' },
    h('div', { class: 'backdrop', onclick: closeDrawer }),
    sidebar.element,
    h('main', { class: 'stage' }, bar, workspace.element, keyRow(sticky, workspace.active, suggestions.key)),
    toasts.element,
  );

  const presenter = new SidebarPresenter(sidebar, list, workspace, new SeenActivity(), claude.attention);
  const showTabs = (): void => {
    strip.show(workspace.tabs.value, workspace.active.value);
    welcome.hidden = workspace.active.value !== undefined;
  };
  const stops = [
    presenter.watch(),
    workspace.tabs.watch(showTabs),
    workspace.active.watch(showTabs),
    settings.watch(({ sidebarHidden }) => element.classList.toggle('sidebar-hidden', sidebarHidden)),
    installShortcuts(commands),
    keepPageTitle(workspace, claude.attention),
    claude.availability.value.watch(() => sidebar.showClaudeObstacle(claude.availability.obstacle)),
    listen(window, 'hashchange', () => void openShared(takeShareToken()).then(() => workspace.followRoute())),
    () => suggestions.dispose(),
    () => claude.dispose(),
    () => indicator.dispose(),
    () => list.dispose(),
  ];
  exposeDebugHandle(workspace, clients.of('terminal'));
  // The indicator tells how it goes.
  clients
    .of('terminal')
    .connect()
    .catch(() => undefined);

  const restored = (async () => {
    const say = (error: Error): void => toasts.error(error.message);
    await untilReached(() => list.start(readRoute()?.projectId), say);
    await workspace.restore();
    await openShared(shareToken);
  })().catch((error: unknown) => toasts.error(sentence(error)));

  return {
    element,
    dispose: () => {
      for (const stop of stops) stop();
      workspace.dispose();
      clients.close();
      element.remove();
    },
  };
}
