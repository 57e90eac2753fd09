import { ctrl, ctrlShift, ctrlShiftDigit, type Command } from './commands';
import type { Observable } from './observable';
import { clampFontSize, FONT_SIZES, type Settings } from './settings';
import type { Sidebar } from './sidebar';
import type { Workspace } from './workspace';

export interface CommandDeps {
  readonly workspace: Workspace;
  readonly sidebar: Sidebar;
  readonly settings: Observable<Settings>;
  readonly openNew: () => void;
  /** To what waits for the user. */
  readonly openAttention: () => void;
  readonly openHelp: () => void;
  readonly openSettings: () => void;
}

/** Everything that a key does. The help dialog and the menus are made from this list. */
export function workspaceCommands(deps: CommandDeps): Command[] {
  const { workspace, settings } = deps;
  const active = () => workspace.active.value;
  const resizeFont = (by: number) => settings.patch({ fontSize: clampFontSize(settings.value.fontSize + by) });
  const closeActive = () => {
    const tab = active();
    if (tab) workspace.close(tab);
  };
  return [
    { id: 'new', label: 'New terminal', ...ctrlShift('Enter'), run: deps.openNew },
    { id: 'close', label: 'Close the tab; its terminal runs on', ...ctrlShift('Backspace'), run: closeActive },
    { id: 'previous', label: 'Previous tab', ...ctrlShift('ArrowLeft'), run: () => workspace.step(-1) },
    { id: 'next', label: 'Next tab', ...ctrlShift('ArrowRight'), run: () => workspace.step(1) },
    {
      id: 'nth',
      label: 'Go to a tab',
      ...ctrlShiftDigit(),
      run: ({ code }) => goTo(workspace, Number(code.slice(-1))),
    },
    { id: 'list', label: 'Go to the list of terminals', ...ctrlShift('L'), run: () => showList(deps) },
    { id: 'attention', label: 'Go to what waits for you', ...ctrlShift('Y'), run: () => goToWaiting(deps) },
    { id: 'search', label: 'Find in the terminal', ...ctrlShift('F'), run: () => void active()?.view.search.open() },
    { id: 'copy', label: 'Copy the selection', ...ctrlShift('C'), run: () => void active()?.view.copy() },
    { id: 'paste', label: 'Paste', ...ctrlShift('V'), keepDefault: true, run: () => active()?.view.focus() },
    { id: 'bigger', label: 'Larger text', ...ctrl('=', '+'), run: () => resizeFont(1) },
    { id: 'smaller', label: 'Smaller text', ...ctrl('-'), run: () => resizeFont(-1) },
    {
      id: 'normal',
      label: 'Normal text size',
      ...ctrl('0'),
      run: () => settings.patch({ fontSize: FONT_SIZES.normal }),
    },
    { id: 'help', label: 'This help', ...ctrlShift('?'), run: deps.openHelp },
  ];
}

function goTo(workspace: Workspace, number: number): void {
  const tab = workspace.tabs.value[number - 1];
  if (tab) workspace.activate(tab);
}

/** What the session in front asks comes first. */
function goToWaiting({ workspace, openAttention }: CommandDeps): void {
  if (!workspace.active.value?.claude?.focusCard()) openAttention();
}

function showList({ settings, sidebar }: CommandDeps): void {
  settings.patch({ sidebarHidden: false });
  sidebar.focusList();
}
