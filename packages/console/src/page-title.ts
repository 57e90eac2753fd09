import type { AttentionList } from './claude/attention-list';
import type { Workspace } from './workspace';

/** The browser tab shows the terminal in front, how many need the user, and a dot when something happened where nobody looks. */
export function keepPageTitle(workspace: Workspace, attention: AttentionList): () => void {
  let unwatchTabs: (() => void)[] = [];
  const update = (): void => {
    const { active, tabs } = workspace;
    const news = tabs.value.some((tab) => tab.state.value.bell || (document.hidden && tab.state.value.unread));
    const waiting = attention.needsMe.length;
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${news ? '● ' : ''}${active.value ? `${active.value.label} · ` : ''}Holdfast`;
  };
  const seen = (): void => {
    if (!document.hidden) workspace.active.value?.seen();
    update();
  };
  const unwatch = [
    workspace.active.watch(update),
    attention.sessions.watch(update),
    workspace.tabs.watch((tabs) => {
      unwatchTabs.forEach((stop) => stop());
      unwatchTabs = tabs.map((tab) => tab.state.watch(update));
    }),
  ];
  document.addEventListener('visibilitychange', seen);
  return () => {
    document.removeEventListener('visibilitychange', seen);
    [...unwatch, ...unwatchTabs].forEach((stop) => stop());
    document.title = 'Holdfast';
  };
}
