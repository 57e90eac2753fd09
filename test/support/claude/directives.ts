/**
 * What a test wants to happen, written into a prompt: `[[say:Hello]]`, `[[429:2:3]]`. A session's history repeats its prompts, so only
 * the last text that a person wrote counts.
 *
 * | directive | what the API does |
 * |---|---|
 * | `[[say:text]]` | answers `text` |
 * | `[[slow:n:ms]]` | answers n words, one every ms milliseconds (150) |
 * | `[[hold:name]]` | a paragraph of the answer (`one two three`), and the rest after `FakeMessagesApi.release(name)` |
 * | `[[bytes:n]]` | answers n bytes of text in numbered lines |
 * | `[[bash:command]]` `[[write:path]]` `[[ask]]` | uses a tool first; what it gave is in the answer after it |
 * | `[[429:times:retryAfter]]` `[[529:times]]` `[[500:times]]` | refuses that often |
 * | `[[401]]` `[[403]]` `[[400:message]]` | refuses every time |
 * | `[[ra:s]]` `[[rams:ms]]` `[[shouldretry:false]]` | headers of a refusal |
 * | `[[drop:times]]` `[[errevent:times]]` `[[stall]]` | cuts the stream, ends it with an error event, falls silent in it |
 * | `[[usage:in:out]]` | tokens that the answer says it took |
 */
export type Directives = Readonly<Record<string, string>>;

export interface Block {
  readonly type: string;
  readonly text?: string;
  readonly content?: unknown;
  readonly name?: string;
  readonly input?: unknown;
}

export interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

export function blocksOf(message: Message | undefined): readonly Block[] {
  if (message === undefined) return [];
  return typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
}

/** What the person wrote last: failed turns stay in the history, and the CLI adds reminders and notes of its own. */
export function lastPrompt(messages: readonly Message[]): string {
  const blocks = userBlocks(messages);
  return blocks.findLast(isPrompt)?.text ?? '';
}

/** What the tools gave that the last message answers; nothing when a prompt came after them. */
export function toolResults(messages: readonly Message[]): readonly unknown[] {
  const blocks = blocksOf(messages.findLast(({ role }) => role === 'user'));
  return blocks
    .slice(blocks.findLastIndex(isPrompt) + 1)
    .filter(({ type }) => type === 'tool_result')
    .map(({ content }) => content);
}

function userBlocks(messages: readonly Message[]): readonly Block[] {
  return messages.filter(({ role }) => role === 'user').flatMap(blocksOf);
}

function isPrompt({ type, text = '' }: Block): boolean {
  const said = text.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim();
  return type === 'text' && said !== '' && !said.startsWith('[Request interrupted');
}

export function directivesIn(text: string): Directives {
  return Object.fromEntries(
    [...text.matchAll(/\[\[(\w+)(?::([\s\S]*?))?\]\]/g)].map(([, name = '', argument = '']) => [name, argument]),
  );
}
