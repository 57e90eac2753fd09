import type { CircuitState } from '../circuit-breaker/circuit-breaker';
import type { ClaudeListener } from './claude-listener';

/** How the API gateway of this machine is. */
export interface ClaudeApiReport {
  readonly keyPresent: boolean;
  readonly breaker: CircuitState;
  /** Requests that the API works on. */
  readonly active: number;
  readonly waiting: number;
  /** The key's limits hold requests back until then. Unix milliseconds. */
  readonly limitedUntil?: number;
}

const CONTROL = 'claude-api.status';

/** Asked of the leader, whichever process that is. */
export class ClaudeApiStatus {
  constructor(
    private readonly listener: ClaudeListener,
    local: () => ClaudeApiReport,
  ) {
    listener.addControl(CONTROL, () => Promise.resolve(local()));
  }

  async report(): Promise<ClaudeApiReport> {
    return (await this.listener.control(CONTROL, {})) as ClaudeApiReport;
  }
}
