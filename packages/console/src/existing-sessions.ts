import type { Api, SessionInfo } from './api';
import { ApiError } from './errors';
import { asleepSince } from './session-over';
import type { SessionRef } from './session-tab';
import type { Toasts } from './toasts';
import { untilReached } from './until-reached';

/** Those of the remembered and linked sessions that the server still has, and what runs in them. */
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
  const known = new Map(lists.flat().map((session) => [session.id, session]));
  const answers = await Promise.all(
    refs.map(async (ref): Promise<SessionRef | undefined> => {
      if (ref.sessionId === undefined) return undefined;
      const session =
        known.get(ref.sessionId) ??
        (await untilReached(
          () => shared(ref, api),
          () => undefined,
        ));
      return session && { ...ref, gateway: session.gateway, asleepSince: asleepSince(session) };
    }),
  );
  const found = answers.filter((ref) => ref !== undefined);
  const missing = refs.length - found.length;
  if (missing === 1) toasts.info('A terminal that was open here does not exist any more.');
  if (missing > 1) toasts.info(`${missing} terminals that were open here do not exist any more.`);
  return found;
}

/** Not in the lists of any project of the user, and still to be seen: somebody shared it. */
async function shared({ projectId, sessionId = '' }: SessionRef, api: Api): Promise<SessionInfo | undefined> {
  try {
    const session = await api.session(sessionId);
    return session.projectId === projectId ? session : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return undefined;
    throw error;
  }
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
