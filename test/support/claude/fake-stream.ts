import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from './fake-reply';

/** What goes wrong in the middle of an answer. */
export type StreamFault = 'drop' | 'errevent' | 'stall';

export interface Streamed {
  readonly id: string;
  readonly model: string;
  readonly reply: Reply;
  readonly fault?: StreamFault;
  /** Resolves when the test lets a held answer go on. */
  readonly released: (name: string) => Promise<void>;
}

/** Pieces after which a faulty answer goes wrong. */
const FAULTY_WORDS = 3;
/** And a held one waits: a paragraph, because the CLI shows nothing of a line that is not whole. */
const HELD_WORDS = 4;

/** One answer as server-sent events, as the Messages API sends them. Ends early when nobody reads any more. */
export async function streamReply(response: ServerResponse, streamed: Streamed): Promise<void> {
  const { id, model, reply, fault } = streamed;
  const { usage, stopReason } = reply;
  const event = (type: string, data: object): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  const message = {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
  event('message_start', { message: { ...message, usage: { ...usage, output_tokens: 1 } } });
  event('ping', {});
  if (fault === 'errevent') {
    event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    return void response.end();
  }
  for (const [index, block] of reply.content.entries()) {
    if (block.type === 'tool_use') {
      event('content_block_start', { index, content_block: { ...block, input: {} } });
      const delta = { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
      event('content_block_delta', { index, delta });
    } else {
      event('content_block_start', { index, content_block: { type: 'text', text: '' } });
      for (const [word, piece] of (block.text ?? '').split(/(?<=[ \n])/).entries()) {
        if (response.destroyed) return;
        if (word === FAULTY_WORDS && fault === 'drop') return void response.destroy();
        if (word === FAULTY_WORDS && fault === 'stall') return;
        if (word === HELD_WORDS && reply.hold !== undefined)
          await Promise.race([streamed.released(reply.hold), once(response, 'close')]);
        event('content_block_delta', { index, delta: { type: 'text_delta', text: piece } });
        if (response.writableNeedDrain) await Promise.race([once(response, 'drain'), once(response, 'close')]);
        await sleep(reply.wordMs);
      }
    }
    event('content_block_stop', { index });
  }
  const delta = { stop_reason: stopReason, stop_sequence: null };
  event('message_delta', { delta, usage: { output_tokens: usage.output_tokens } });
  event('message_stop', {});
  response.end();
}
