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

/** `#/share/<token>`: a link that somebody was given. It leaves the address at once, and so the history. */
export function takeShareToken(): string | undefined {
  const token = /^#\/share\/([\w-]{1,128})$/.exec(location.hash)?.[1];
  if (token) history.replaceState(null, '', `${location.pathname}${location.search}`);
  return token;
}

export function writeRoute(ref: SessionRef | undefined): void {
  const hash = ref?.sessionId ? `#/s/${encodeURIComponent(ref.projectId)}/${encodeURIComponent(ref.sessionId)}` : '';
  if (location.hash !== hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
}
