import type { Availability } from './claude/availability';
import type { MenuItem } from './menu';
import { newLabelOf, type Gateway } from './session-label';
import type { SessionList } from './session-list';
import type { Toasts } from './toasts';
import type { Workspace } from './workspace';

export interface NewSessionDeps {
  readonly list: SessionList;
  readonly workspace: () => Workspace;
  readonly toasts: Toasts;
  readonly availability: () => Availability;
  /** At the very start the projects are still on their way. */
  readonly ready: () => Promise<void>;
  readonly createProject: () => Promise<void>;
}

/** Makes sessions of both kinds, and says why not. */
export class NewSessions {
  constructor(private readonly deps: NewSessionDeps) {}

  readonly open = (gateway: Gateway): void => {
    const { availability, toasts, ready, list, createProject, workspace } = this.deps;
    document.documentElement.removeAttribute('data-drawer');
    const obstacle = gateway === 'claude' ? availability().obstacle : undefined;
    // What was missing may be there by now.
    if (obstacle !== undefined) void availability().refresh();
    if (obstacle !== undefined) return toasts.info(obstacle);
    void ready().then(async () => {
      if (!list.project.value) await createProject();
      if (list.project.value) workspace().open({ projectId: list.project.value.id, gateway });
    });
  };

  items(hint: string): MenuItem[] {
    const obstacle = this.deps.availability().obstacle;
    return [
      { label: newLabelOf('terminal'), hint, run: () => this.open('terminal'), testid: 'choose-terminal' },
      {
        label: newLabelOf('claude'),
        note: obstacle,
        disabled: obstacle !== undefined,
        run: () => this.open('claude'),
        testid: 'choose-claude',
      },
    ];
  }
}
