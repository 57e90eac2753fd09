import {
  type ClaudePermission,
  type ClaudeQuestion,
  MAX_CLAUDE_DETAIL,
  printable,
  printableText,
} from '@holdfast/protocol';
import { z } from 'zod';
import type { PendingPermission } from '../records/claude-record';
import type { PermissionRequest } from './claude-hook';
import { unifiedDiff } from './unified-diff';

/** A path is longer than any that a card shows. */
const MAX_PATH = 1_024;
/** One line. */
const MAX_REMEMBER = 500;
/** The CLI asks at most four questions with four options; a forged hook may have any number. */
const MAX_QUESTIONS = 8;
const MAX_OPTIONS = 16;
const MAX_QUESTION_TEXT = 1_000;
/** Each of them is compared line by line. */
const MAX_EDITS = 50;
/** What is longer, or deeper, is not made longer by indentation. */
const MAX_INDENTED = 4_096;

const text = z.string().catch('');
const edit = z.object({ old_string: text, new_string: text });

/** The fields of tools that are shown as something better than JSON. */
const inputSchema = z.object({
  command: z.string().optional().catch(undefined),
  file_path: z.string().optional().catch(undefined),
  notebook_path: z.string().optional().catch(undefined),
  path: z.string().optional().catch(undefined),
  content: text,
  new_source: text,
  old_string: text,
  new_string: text,
  edits: z.array(edit).catch([]),
  plan: z.string().optional().catch(undefined),
  url: z.string().optional().catch(undefined),
});

const line = z.string().transform((words) => printable(words, MAX_QUESTION_TEXT));
const questionsSchema = z.object({
  questions: z
    .array(
      z.object({
        question: line,
        header: line.catch(''),
        multiSelect: z.boolean().catch(false),
        options: z.array(z.object({ label: line, description: line.catch('') })).max(MAX_OPTIONS),
      }),
    )
    .min(1)
    .max(MAX_QUESTIONS),
});

/** What somebody is asked to allow, as a card shows it. */
export function permissionOf(request: PermissionRequest, id: string, since: number): PendingPermission {
  const { tool_name: tool, tool_input: input, match } = request;
  const questions = tool === 'AskUserQuestion' ? questionsOf(input) : undefined;
  const { text: detail, cut } = printableText(
    questions ? wordsOf(questions) : detailOf(tool, input),
    MAX_CLAUDE_DETAIL,
  );
  const truncated = cut || (Array.isArray(input['edits']) && input['edits'].length > MAX_EDITS);
  const path = pathOf(input) ?? request.cwd;
  const remember = questions ? undefined : rememberOf(request.permission_suggestions);
  return {
    id,
    kind: questions ? 'question' : 'permission',
    tool,
    detail,
    ...(truncated && { truncated }),
    ...(path && { path: printable(path, MAX_PATH) }),
    ...(questions && { questions }),
    ...(remember && { remember }),
    since,
    answerable: true,
    match,
  };
}

function detailOf(tool: string, input: Readonly<Record<string, unknown>>): string {
  const { data: known } = inputSchema.safeParse(input);
  if (!known) return asJson(input);
  switch (tool) {
    case 'Bash':
      return known.command ?? asJson(input);
    case 'Edit':
      return diff(known.file_path, [known]);
    case 'MultiEdit':
      return diff(known.file_path, known.edits);
    case 'Write':
      return diff(known.file_path, [{ old_string: '', new_string: known.content }]);
    case 'NotebookEdit':
      return diff(known.notebook_path, [{ old_string: '', new_string: known.new_source }]);
    case 'ExitPlanMode':
      return known.plan ?? asJson(input);
    case 'WebFetch':
      return known.url ?? asJson(input);
    default:
      return asJson(input);
  }
}

/** Line numbers are those of what is replaced: where that stands in its file, only the CLI knows. */
function diff(file: string | undefined, edits: readonly z.output<typeof edit>[]): string {
  const hunks = edits.slice(0, MAX_EDITS).map(({ old_string, new_string }) => unifiedDiff(old_string, new_string));
  return [`--- ${file ?? ''}`, `+++ ${file ?? ''}`, ...hunks].join('\n');
}

function pathOf(input: Readonly<Record<string, unknown>>): string | undefined {
  const { data } = inputSchema.safeParse(input);
  return data?.file_path ?? data?.notebook_path ?? data?.path;
}

/** Undefined: the tool asks nothing that could be shown as a question. */
export function questionsOf(input: Readonly<Record<string, unknown>>): readonly ClaudeQuestion[] | undefined {
  return questionsSchema.safeParse(input).data?.questions;
}

function wordsOf(questions: NonNullable<ClaudePermission['questions']>): string {
  return questions
    .map(({ question, options }) => [question, ...options.map(({ label }) => `- ${label}`)].join('\n'))
    .join('\n\n');
}

const ruleSchema = z.object({ toolName: z.string(), ruleContent: z.string().optional().catch(undefined) });
const suggestionSchema = z.object({
  type: z.string(),
  rules: z.array(ruleSchema).catch([]),
  mode: z.string().optional().catch(undefined),
  directories: z.array(z.string()).catch([]),
});

/** What an answer that is to be remembered would allow, in a line. Absent: the CLI offers nothing. */
function rememberOf(suggestions: readonly unknown[]): string | undefined {
  const words = suggestions.flatMap((suggestion) => {
    const { data } = suggestionSchema.safeParse(suggestion);
    if (!data) return [];
    const rules = data.rules.map(({ toolName, ruleContent }) =>
      ruleContent ? `${toolName}(${ruleContent})` : toolName,
    );
    return [...rules, ...data.directories, ...(data.mode ? [`mode ${data.mode}`] : [])];
  });
  return words.length > 0 ? printable(words.join(', '), MAX_REMEMBER) : undefined;
}

function asJson(input: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(input);
  return json.length > MAX_INDENTED ? json : JSON.stringify(input, null, 2);
}
