import type { Api, SessionInfo } from './api';
import { ApiError } from './errors';
import type { SessionRef } from './session-tab';
import type { Toasts } from './toasts';
import { untilReached } from './until-reached';

/** Those of the remembered and linked sessions that the server still has. */
export async function existing(refs: readonly SessionRef[], api: Api, toasts: Toasts): Promise<SessionRef[]> {
  const projects = [...new Set(refs.map(({ projectId }) => projectId))];
  const lists = await Promise.all(
    projects.map((id) =>
      untilReached(
        () => sessionsOf(id, api),
        () => undefined,
      ),
    ),
  );
  const known = new Set(lists.flat().map(({ id }) => id));
  const found = refs.filter(({ sessionId }) => sessionId !== undefined && known.has(sessionId));
  const missing = refs.length - found.length;
  if (missing === 1) toasts.info('A terminal that was open here does not exist any more.');
  if (missing > 1) toasts.info(`${missing} terminals that were open here do not exist any more.`);
  return found;
}

/** A project that is gone, or that the user may no longer see, has none. */
async function sessionsOf(projectId: string, api: Api): Promise<SessionInfo[]> {
  try {
    return await api.sessions(projectId);
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return [];
    throw error;
  }
}
