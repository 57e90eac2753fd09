import { createClient } from '@holdfast/client';
import { Api } from './api';
import type { AuthStore } from './auth-store';
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
import { accountItems, moreItems, terminalItems } from './page-menus';
import { keepPageTitle } from './page-title';
import { readRoute } from './route';
import { SeenActivity } from './seen-activity';
import { SessionActions, targetOf } from './session-actions';
import { existing } from './existing-sessions';
import { SessionList } from './session-list';
import type { Settings } from './settings';
import { openSettings } from './settings-dialog';
import { Sidebar } from './sidebar';
import { SidebarPresenter } from './sidebar-presenter';
import { StickyKeys } from './sticky-keys';
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
  const api = new Api(auth);
  const toasts = new Toasts();
  const sticky = new StickyKeys();
  const list = new SessionList(api);
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const client = createClient({
    url: `${scheme}//${location.host}/ws/terminal`,
    credentials: { ticket: () => api.terminalTicket() },
  });
  // Without a connection the indicator says it already, and better.
  client.on('error', ({ message }) => client.state.name === 'online' && toasts.error(message));

  const closeDrawer = (): void => document.documentElement.removeAttribute('data-drawer');
  const openNew = (): void => {
    closeDrawer();
    // At the very start the projects are still on their way.
    void restored.then(async () => {
      if (!list.project.value) await createProject();
      if (list.project.value) workspace.open({ projectId: list.project.value.id });
    });
  };
  const createProject = async (): Promise<void> => {
    const name = await prompt('New project', 'Name', '', 'Create');
    if (name) await list.create(name).catch((error: unknown) => toasts.error(sentence(error)));
  };

  const workspace: Workspace = new Workspace({
    ...{ client, settings, toasts, sticky, viewport, openNew },
    memory: new TabMemory(user.id),
    mayWrite: (id) => list.projects.value.find((project) => project.id === id)?.role !== 'viewer',
    changed: () => list.refreshSoon(),
    existing: (refs) => existing(refs, api, toasts),
    forceSize: (tab, size) => void actions.forceSize(tab, size),
    contextMenu: (tab, { clientX: x, clientY: y }) => openMenu({ x, y }, terminalItems(tab, hint, actions), 'Terminal'),
  });
  const actions = new SessionActions(api, list, workspace, toasts);
  const sidebar: Sidebar = new Sidebar(
    {
      openNew,
      open: ({ id, projectId, name }) => {
        closeDrawer();
        workspace.open({ sessionId: id, projectId, name });
      },
      rename: ({ id }, name) => void actions.rename({ id, label: name, ended: false }, name),
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
    ...{ workspace, sidebar, settings, openNew },
    openHelp: () => openHelp(commands),
    openSettings: () => openSettings(settings),
  });
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

  const indicator = new ConnectionIndicator(client, {
    signIn: () => void auth.restore().then((ok) => (ok ? restart() : auth.forget())),
    restart,
  });
  const bar = topBar(
    strip.element,
    indicator.element,
    {
      openNew,
      search: run('search'),
      smaller: run('smaller'),
      larger: run('bigger'),
      openSettings: () => openSettings(settings),
      openHelp: () => openHelp(commands),
      more: (anchor) =>
        openMenu(
          anchor,
          moreItems(run, () => openSettings(settings)),
          'More',
        ),
      toggleSidebar: () => {
        if (phone.matches) document.documentElement.toggleAttribute('data-drawer');
        else settings.patch({ sidebarHidden: !settings.value.sidebarHidden });
      },
    },
    hint,
  );
  const welcome = welcomePane(openNew, hint('new'));
  workspace.element.append(welcome);
  const element = h(
    'div',
    { class: 'console', testid: 'console' },
    h('div', { class: 'backdrop', onclick: closeDrawer }),
    sidebar.element,
    h(
      'main',
      { class: 'stage' },
      bar,
      workspace.element,
      keyRow(sticky, () => workspace.active.value?.view),
    ),
    toasts.element,
  );

  const presenter = new SidebarPresenter(sidebar, list, workspace, new SeenActivity());
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
    keepPageTitle(workspace),
    listen(window, 'hashchange', () => void workspace.followRoute()),
    () => indicator.dispose(),
    () => list.dispose(),
  ];
  exposeDebugHandle(workspace, client);
  // The indicator tells how it goes.
  client.connect().catch(() => undefined);

  const restored = (async () => {
    const say = (error: Error): void => toasts.error(error.message);
    await untilReached(() => list.start(readRoute()?.projectId), say);
    await workspace.restore();
  })().catch((error: unknown) => toasts.error(sentence(error)));

  return {
    element,
    dispose: () => {
      for (const stop of stops) stop();
      workspace.dispose();
      void client.close();
      element.remove();
    },
  };
}
