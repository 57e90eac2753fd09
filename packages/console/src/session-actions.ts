import type { Api } from './api';
import type { Size } from './size';
import { copyText } from './clipboard';
import { confirm, prompt } from './dialog';
import { sentence } from './errors';
import type { MenuItem } from './menu';
import type { Gateway } from './session-label';
import { openShare } from './share-dialog';
import type { SessionList } from './session-list';
import type { SessionTab } from './session-tab';
import type { Toasts } from './toasts';
import type { Workspace } from './workspace';

/** A session as its menus know it. */
export interface Target {
  readonly id: string;
  readonly label: string;
  readonly ended: boolean;
  readonly gateway: Gateway;
}

export function targetOf(tab: SessionTab): Target | undefined {
  const { sessionId, phase } = tab.state.value;
  const ended = phase === 'ended' || phase === 'failed' || phase === 'asleep';
  return sessionId ? { id: sessionId, label: tab.label, ended, gateway: tab.gateway } : undefined;
}

/** What a user does to a session as a whole, from any of the menus. */
export class SessionActions {
  constructor(
    private readonly api: Api,
    private readonly list: SessionList,
    private readonly workspace: Workspace,
    private readonly toasts: Toasts,
  ) {}

  async rename({ id }: Target, name: string): Promise<void> {
    await this.attempt(() => this.api.renameSession(id, name));
    const tab = this.tabOf(id);
    tab?.state.patch({ name });
  }

  async askName(target: Target): Promise<void> {
    const name = await prompt('Rename terminal', 'Name', target.label, 'Rename');
    if (name && name !== target.label) await this.rename(target, name);
    this.workspace.active.value?.view.focus();
  }

  async terminate({ id, label }: Target): Promise<void> {
    const text = 'Its process and everything it runs are ended. This cannot be undone.';
    const sure = await confirm(`Terminate “${label}”?`, text, {
      label: 'Terminate',
      value: true,
      kind: 'danger',
      testid: 'terminate-confirm',
    });
    const tab = this.tabOf(id);
    // Over the socket where there is one: if the session has ended meanwhile, the request would delete it.
    if (sure && tab?.state.value.phase === 'running') tab.terminate();
    else if (sure) await this.attempt(() => this.api.deleteSession(id));
  }

  async remove({ id, label }: Target): Promise<void> {
    const text = 'Everything it wrote is deleted. This cannot be undone.';
    const sure = await confirm(`Remove “${label}”?`, text, {
      label: 'Remove',
      value: true,
      kind: 'danger',
      testid: 'remove-confirm',
    });
    if (!sure) return;
    const tab = this.tabOf(id);
    if (tab) this.workspace.close(tab);
    await this.attempt(() => this.api.deleteSession(id));
  }

  async forceSize(tab: SessionTab, size: Size): Promise<void> {
    const { sessionId } = tab.state.value;
    if (sessionId) await this.attempt(() => this.api.resizeSession(sessionId, size));
  }

  menu(target: Target, renameHere?: () => void): MenuItem[] {
    const tab = this.tabOf(target.id);
    return [
      { label: 'Rename …', hint: 'F2', run: renameHere ?? (() => void this.askName(target)), testid: 'menu-rename' },
      {
        label: 'Share …',
        disabled: tab?.state.value.role === 'viewer',
        run: () => void openShare(this.api, target, this.toasts),
        testid: 'menu-share',
      },
      { label: 'Copy link', run: () => void this.copyLink(target.id), testid: 'menu-link' },
      { label: 'Close tab', disabled: !tab, run: () => tab && this.workspace.close(tab), testid: 'menu-close' },
      ...(target.gateway === 'claude' && !target.ended ? [this.sleepItem(target)] : []),
      'separator',
      target.ended
        ? { label: 'Remove …', danger: true, run: () => void this.remove(target), testid: 'menu-remove' }
        : { label: 'Terminate …', danger: true, run: () => void this.terminate(target), testid: 'menu-terminate' },
    ];
  }

  private sleepItem({ id }: Target): MenuItem {
    return {
      label: 'Put to sleep',
      disabled: this.tabOf(id)?.state.value.role === 'viewer',
      run: () => void this.attempt(() => this.api.hibernate(id)),
      testid: 'menu-hibernate',
    };
  }

  private async copyLink(id: string): Promise<void> {
    const project = this.tabOf(id)?.state.value.projectId ?? this.list.project.value?.id ?? '';
    const link = `${location.origin}/#/s/${encodeURIComponent(project)}/${encodeURIComponent(id)}`;
    if (await copyText(link))
      this.toasts.info('The link is in the clipboard. It opens this terminal for every member of the project.');
  }

  private tabOf(id: string): SessionTab | undefined {
    return this.workspace.tabs.value.find((tab) => tab.state.value.sessionId === id);
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.toasts.error(sentence(error));
    }
    this.list.refreshSoon();
  }
}
