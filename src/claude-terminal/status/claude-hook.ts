import { printable } from '@holdfast/protocol';
import { z } from 'zod';
import { matchOf } from './tool-match';

/** Names of tools and kinds of errors, as they are shown. */
const MAX_NAME = 100;
/** What an error says, in a line. */
const MAX_LINE = 500;
const MAX_SUGGESTIONS = 16;

const name = z.string().transform((text) => printable(text, MAX_NAME));
const line = z.string().transform((text) => printable(text, MAX_LINE));

/** What every hook says of where it comes from. */
const common = {
  session_id: z.uuid().optional().catch(undefined),
  /** Of a subagent, which may run on while the conversation waits. */
  agent_id: z.string().max(MAX_NAME).optional().catch(undefined),
  cwd: z.string().optional().catch(undefined),
};
const aboutTool = {
  ...common,
  tool_name: name,
  tool_input: z.record(z.string(), z.unknown()).catch({}),
};

/**
 * The hooks that say something about the state of a session. They come from the CLI, or from whoever has its token: every text is
 * hostile, and what is missing or unknown is passed over.
 */
const hookSchema = z.discriminatedUnion('hook_event_name', [
  z.object({ hook_event_name: z.literal('SessionStart'), ...common }),
  z.object({
    hook_event_name: z.literal('SessionEnd'),
    ...common,
    reason: z.string().optional().catch(undefined),
  }),
  z.object({ hook_event_name: z.literal('UserPromptSubmit'), ...common }),
  z.object({ hook_event_name: z.literal('PreToolUse'), ...aboutTool }),
  z.object({ hook_event_name: z.enum(['PostToolUse', 'PostToolUseFailure', 'PermissionDenied']), ...aboutTool }),
  z.object({ hook_event_name: z.literal('PostToolBatch'), ...common }),
  z.object({
    hook_event_name: z.literal('PermissionRequest'),
    ...aboutTool,
    permission_suggestions: z.array(z.unknown()).max(MAX_SUGGESTIONS).catch([]),
  }),
  z.object({ hook_event_name: z.literal('Stop'), ...common }),
  z.object({
    hook_event_name: z.literal('StopFailure'),
    ...common,
    error: name.catch('unknown'),
    error_details: line.optional().catch(undefined),
    last_assistant_message: line.optional().catch(undefined),
  }),
]);

type ParsedHook = z.output<typeof hookSchema>;
/** Hooks about a tool have the `match` of that use of it. */
export type ClaudeHook = ParsedHook extends infer H
  ? H extends { tool_name: string }
    ? H & { match: string }
    : H
  : never;
export type PermissionRequest = Extract<ClaudeHook, { hook_event_name: 'PermissionRequest' }>;

/** Undefined: nothing that concerns the state of a session, or nothing that could be read. */
export function parseHook(text: string): ClaudeHook | undefined {
  try {
    const { data } = hookSchema.safeParse(JSON.parse(text));
    return data && 'tool_name' in data ? { ...data, match: matchOf(data) } : data;
  } catch {
    // Not JSON, or deeper than the stack.
    return undefined;
  }
}
