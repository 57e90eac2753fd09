import { HoldfastError } from './holdfast-error';
import { suggestCommands, type SuggestionEvent } from './suggest-commands';

const QUESTION = { sessionId: 'session_1_abc', line: 'git' };
const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
});

function answerWith(make: (init?: RequestInit) => Response): void {
  globalThis.fetch = (_, init) => Promise.resolve().then(() => make(init));
}

async function ask(signal?: AbortSignal): Promise<SuggestionEvent[]> {
  const events: SuggestionEvent[] = [];
  for await (const event of suggestCommands('http://server', 'token', QUESTION, signal)) events.push(event);
  return events;
}

function chunks(...parts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (to) => {
      for (const part of parts) to.enqueue(new TextEncoder().encode(part));
      to.close();
    },
  });
}

describe('suggestions', () => {
  it('come one for each line, wherever the network cuts them', async () => {
    answerWith(() => new Response(chunks('{"type":"sugg', 'estion","cmd":"ls"}\n{"type"', ':"done"}\n')));
    expect(await ask()).toEqual([{ type: 'suggestion', cmd: 'ls' }, { type: 'done' }]);
  });

  it('end their request when nobody listens any more', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (to) => to.enqueue(new TextEncoder().encode('{"type":"done"}\n')),
      cancel: () => void (cancelled = true),
    });
    answerWith(() => new Response(body));
    for await (const _ of suggestCommands('http://server', 'token', QUESTION)) break;
    expect(cancelled).toBe(true);
  });

  it.each([
    [
      'with the code of the server',
      () => Response.json({ code: 'no_prompt', message: 'Not now.' }, { status: 409 }),
      'no_prompt',
      false,
    ],
    ['of a proxy that says nothing we know', () => new Response('<html>', { status: 502 }), 'http_502', true],
    [
      'of a server that is not there',
      () => {
        throw new TypeError('fetch failed');
      },
      'unreachable',
      true,
    ],
  ])('are refused by an error %s', async (_, answer, code, retryable) => {
    answerWith(answer);
    const refusal = await ask().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(HoldfastError);
    expect(refusal).toMatchObject({ code, retryable });
  });

  it('reject with the reason of an abort', async () => {
    const abort = new AbortController();
    abort.abort(new Error('closed'));
    answerWith((init) => {
      throw init?.signal?.reason as Error;
    });
    await expect(ask(abort.signal)).rejects.toThrow('closed');
  });
});
