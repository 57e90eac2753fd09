/**
 * How Claude sessions are on this server; provided by whoever runs them. Without them the server is as healthy as with them: most of
 * what it does is something else.
 */
export abstract class ClaudeHealth {
  /** Never rejects, and answers soon. */
  abstract check(): Promise<Record<string, unknown>>;
}
