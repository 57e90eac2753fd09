import type { SessionRef } from './session-tab';

/** `#/s/<projectId>/<sessionId>` names one session, so that it can be bookmarked and sent to a colleague. */
export function readRoute(): Required<Pick<SessionRef, 'projectId' | 'sessionId'>> | undefined {
  const match = /^#\/s\/([^/]+)\/([^/]+)$/.exec(location.hash);
  if (!match?.[1] || !match[2]) return undefined;
  try {
    return { projectId: decodeURIComponent(match[1]), sessionId: decodeURIComponent(match[2]) };
  } catch {
    return undefined;
  }
}

export function writeRoute(ref: SessionRef | undefined): void {
  const hash = ref?.sessionId ? `#/s/${encodeURIComponent(ref.projectId)}/${encodeURIComponent(ref.sessionId)}` : '';
  if (location.hash !== hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
}
