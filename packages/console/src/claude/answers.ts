import type { ClaudeQuestion } from '@holdfast/protocol';

/** What somebody chose for one question. */
export interface Choice {
  readonly labels: readonly string[];
  /** Words of their own. */
  readonly other: string;
}

/** By the text of the question, as the protocol wants it; `undefined` while one has no answer. */
export function answersOf(
  questions: readonly ClaudeQuestion[],
  choices: readonly Choice[],
): Record<string, string> | undefined {
  const answers: Record<string, string> = {};
  for (const [at, { question }] of questions.entries()) {
    const { labels, other } = choices[at] ?? { labels: [], other: '' };
    const answer = [...labels, other.trim()].filter(Boolean).join(', ');
    if (!answer) return undefined;
    answers[question] = answer;
  }
  return answers;
}
