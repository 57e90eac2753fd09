import type { Client } from '@holdfast/client';
import type { Workspace } from './workspace';

declare global {
  interface Window {
    holdfast?: DebugHandle;
  }
}

/** For tests and for support: what the page shows, and nothing secret. */
export interface DebugHandle {
  /** Screen and scrollback of the terminal in front. */
  screenText(): string;
  size(): { readonly cols: number; readonly rows: number; readonly fontSize: number } | undefined;
  connection(): string;
}

export function exposeDebugHandle(workspace: Workspace, client: Client): void {
  const xterm = () => workspace.active.value?.view.xterm;
  window.holdfast = {
    screenText: () => workspace.active.value?.view.text() ?? '',
    size: () => {
      const term = xterm();
      return term && { cols: term.cols, rows: term.rows, fontSize: term.options.fontSize ?? 0 };
    },
    connection: () => client.state.name,
  };
}
