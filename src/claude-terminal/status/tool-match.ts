import { createHash } from 'node:crypto';

interface ToolUse {
  readonly tool_name: string;
  readonly tool_input: Readonly<Record<string, unknown>>;
}

/** The same for all hooks about one use of a tool. */
export function matchOf({ tool_name, tool_input }: ToolUse): string {
  return createHash('sha256')
    .update(JSON.stringify([tool_name, tool_input]))
    .digest('base64url');
}
