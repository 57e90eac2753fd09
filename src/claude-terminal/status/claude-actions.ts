import type { Principal } from '../../auth/principal';
import type { SessionEntity } from '../../sessions/session.entity';

/** Which session, and who asks. Whether they may was decided before. */
export interface ClaudeAction {
  readonly session: Pick<SessionEntity, 'storageKey' | 'id' | 'projectId'>;
  readonly by: Principal;
}

/** What people do with a Claude session besides typing into it. */
export abstract class ClaudeActions {
  /** Goes on with what was interrupted. Throws `conflict` when nothing was. */
  abstract continue(action: ClaudeAction): Promise<void>;
  /** Leaves it as it is: the notice goes away. */
  abstract dismiss(action: ClaudeAction): Promise<void>;
  /** Ends its process until somebody opens the session again. Throws `conflict` while it works. */
  abstract hibernate(action: ClaudeAction): Promise<void>;
}
