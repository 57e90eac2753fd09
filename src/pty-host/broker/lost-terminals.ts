import { endProcesses } from '../processes/kill-ladder';
import { NOBODY, marksInUse } from '../processes/process-tree';
import type { Sessions } from './sessions';

/**
 * What no keeper holds any more has ended with its host. Processes that survived it carry the mark of their session and epoch:
 * they are found by it, never by a number that the system may have given to a stranger.
 */
export function buryLostTerminals(sessions: Sessions, lastAlive: number): void {
  for (const terminal of sessions.terminals) {
    if (terminal.ended || terminal.isLive) continue;
    if (terminal.wasStarted) {
      terminal.markLost(lastAlive);
      continue;
    }
    // Its creation was never answered: who asks again gets a new one.
    terminal.endProcesses();
    sessions.dropUnstarted(terminal.sessionId);
  }
  for (const { sessionId, epoch } of marksInUse()) {
    const terminal = sessions.get(sessionId);
    const runs = terminal && !terminal.ended && terminal.ownsProcessesOf(epoch);
    // Of a session that is not known here: another host's.
    if (terminal && !runs) void endProcesses({ sessionId, ofEpoch: (other) => other === epoch }, () => NOBODY);
  }
}
