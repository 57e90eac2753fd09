/** How the PTY host is; provided by whoever talks to it. */
export abstract class PtyHostHealth {
  abstract check(): Promise<{ up: boolean; details: Record<string, unknown> }>;
}
