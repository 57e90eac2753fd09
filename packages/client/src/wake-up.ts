import type { Subscription } from './types';

interface EventSource {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/** Calls `run` when a browser gets its network back or its tab is looked at again; does nothing elsewhere. */
export function onWakeUp(run: () => void): Subscription {
  const scope = globalThis as unknown as EventSource & { document?: EventSource & { visibilityState?: string } };
  const page = scope.document;
  if (page === undefined || typeof scope.addEventListener !== 'function') return { dispose: () => undefined };
  const whenVisible = (): void => {
    if (page.visibilityState === 'visible') run();
  };
  scope.addEventListener('online', run);
  page.addEventListener?.('visibilitychange', whenVisible);
  return {
    dispose: () => {
      scope.removeEventListener?.('online', run);
      page.removeEventListener?.('visibilitychange', whenVisible);
    },
  };
}
