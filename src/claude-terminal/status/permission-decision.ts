import { type ClaudeDecision, ErrorCode, MAX_CLAUDE_MESSAGE, printableText } from '@holdfast/protocol';
import { z } from 'zod';
import { DomainError } from '../../kernel/domain-error';
import type { PermissionRequest } from './claude-hook';
import { questionsOf } from './permission-text';

/** What somebody said to a permission. */
export interface PermissionAnswer {
  readonly decision: ClaudeDecision;
  readonly message?: string;
  readonly remember?: boolean;
  readonly answers?: Readonly<Record<string, string>>;
}

const REFUSED = 'The user refused this.';

/** Throws `bad_request` when something that was asked has no answer. */
export function requireAnswers({ tool_name, tool_input }: PermissionRequest, answer: PermissionAnswer): void {
  if (answer.decision === 'deny' || tool_name !== 'AskUserQuestion') return;
  const missing = questionsOf(tool_input)?.find(({ question }) => !answer.answers?.[question]);
  if (!missing) return;
  throw new DomainError(ErrorCode.badRequest, 'Answer every question: `answers` has the text of each as a name.', {
    details: { question: missing.question },
  });
}

/** The answer as the CLI's hook takes it. */
export function decisionFor(
  request: PermissionRequest,
  { decision, message, remember, answers }: PermissionAnswer,
): object {
  const { tool_name, tool_input, permission_suggestions } = request;
  if (decision === 'deny') {
    return hookAnswer({ behavior: 'deny', message: printableText(message || REFUSED, MAX_CLAUDE_MESSAGE).text });
  }
  const isQuestion = tool_name === 'AskUserQuestion' && answers !== undefined;
  return hookAnswer({
    behavior: 'allow',
    ...(isQuestion && { updatedInput: { ...tool_input, answers: asAsked(tool_input, answers) } }),
    ...(remember && permission_suggestions.length > 0 && { updatedPermissions: permission_suggestions }),
  });
}

/** Cards show questions without what cannot be shown; the CLI knows them as it asked them. */
function asAsked(
  input: PermissionRequest['tool_input'],
  answers: Readonly<Record<string, string>>,
): Record<string, string> {
  const raw = rawSchema.parse(input).questions;
  const pairs = (questionsOf(input) ?? []).flatMap(({ question }, index): [string, string][] => {
    const words = answers[question];
    if (words === undefined) return [];
    return [[raw[index]?.question ?? question, printableText(words, MAX_CLAUDE_MESSAGE).text]];
  });
  return Object.fromEntries(pairs);
}

const rawSchema = z.object({ questions: z.array(z.object({ question: z.string() })) });

function hookAnswer(decision: object): object {
  return { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } };
}
