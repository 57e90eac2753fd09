import type { ServerMessage } from '@holdfast/protocol';

/** Unknown events pass, so that older clients can talk to newer servers; whoever handles them ignores them. */
export function parseServerMessage(text: string): ServerMessage | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    if (typeof raw !== 'object' || raw === null) return undefined;
    const { event, data = {} } = raw as { event?: unknown; data?: unknown };
    if (typeof event !== 'string' || typeof data !== 'object' || data === null) return undefined;
    return { event, data } as unknown as ServerMessage;
  } catch {
    return undefined;
  }
}
