import { type Directives, toolResults, type Message } from './directives';

export interface ReplyBlock {
  readonly type: 'text' | 'tool_use';
  readonly text?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
}

/** What the model says to a request, and how fast. */
export interface Reply {
  readonly content: readonly ReplyBlock[];
  readonly stopReason: 'end_turn' | 'tool_use';
  readonly wordMs: number;
  /** Waits after its first words until the test lets it go on. */
  readonly hold?: string;
  readonly usage: Usage;
}

export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
}

const WORD_MS = 2;
const SLOW_WORD_MS = 150;
/** Bytes of a line that `[[bytes:n]]` makes. */
const LINE = 64;

const QUESTION = {
  question: 'Which colour?',
  header: 'Colour',
  multiSelect: false,
  options: [
    { label: 'Red', description: 'as a rose' },
    { label: 'Blue', description: 'as the sea' },
  ],
};

export interface Asked {
  readonly number: number;
  readonly bytes: number;
  readonly text: string;
  readonly directives: Directives;
  readonly messages: readonly Message[];
  /** Of the CLI's own making, for example a title; it has the prompt in it, and does not mean it. */
  readonly helper: boolean;
}

export function replyTo(asked: Asked): Reply {
  const { directives: d, bytes } = asked;
  const content = asked.helper ? [text('{"title":"Fake title","isNewTopic":true}')] : contentFor(asked);
  const slow = asked.helper ? undefined : d['slow'];
  const [inputTokens, outputTokens] = (d['usage'] ?? '').split(':').map(Number);
  return {
    content,
    stopReason: content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn',
    wordMs: slow === undefined ? WORD_MS : Number(slow.split(':')[1]) || SLOW_WORD_MS,
    ...(asked.helper || d['hold'] === undefined || content.some(({ type }) => type === 'tool_use')
      ? {}
      : { hold: d['hold'] }),
    usage: {
      input_tokens: inputTokens || Math.ceil(bytes / 4),
      output_tokens: outputTokens || Math.ceil(JSON.stringify(content).length / 4),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: inputTokens ? 0 : 100,
    },
  };
}

function contentFor({ number, text: prompt, directives: d, messages }: Asked): ReplyBlock[] {
  const results = toolResults(messages);
  const tool = (name: string, input: unknown): ReplyBlock => ({
    type: 'tool_use',
    id: `toolu_fake_${number}`,
    name,
    input,
  });
  if (results.length > 0) return [text(d['then'] ?? `TOOL-RESULT-SEEN: ${JSON.stringify(results).slice(0, 300)}`)];
  if (d['bash'] !== undefined)
    return [text('I will run a command.'), tool('Bash', { command: d['bash'], description: 'Run scripted command' })];
  if (d['write'] !== undefined) return [tool('Write', { file_path: d['write'], content: 'written by the fake\n' })];
  if (d['ask'] !== undefined) return [tool('AskUserQuestion', { questions: [QUESTION] })];
  if (d['bytes'] !== undefined) return [text(numberedLines(Number(d['bytes'])))];
  const slowWords = d['slow'] === undefined ? 0 : Number(d['slow'].split(':')[0]) || 40;
  if (slowWords > 0) return [text(Array.from({ length: slowWords }, (_, i) => `word${i}`).join(' '))];
  if (d['hold'] !== undefined) return [text(d['say'] ?? 'one two three\n\nfour five six')];
  return [text(d['say'] ?? `FAKE-REPLY to: ${prompt.trim().slice(-80)} (messages=${messages.length})`)];
}

function text(value: string): ReplyBlock {
  return { type: 'text', text: value };
}

function numberedLines(bytes: number): string {
  const lines = Array.from({ length: Math.ceil(bytes / LINE) }, (_, i) => `line-${i} `.padEnd(LINE - 1, '.') + '\n');
  return lines.join('').slice(0, bytes);
}
