import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { VERSION } from './arguments.mjs';
import { TOOLS } from './tools.mjs';

const FIRST_RETRY_S = 0.5;
const LONGEST_RETRY_S = 32;
/** Longer than this, the CLI does not wait: it gives up at once. */
const LONGEST_RETRY_AFTER_S = 60;
const MAX_TOKENS = 32_000;

/** The API refused, and asking again is no use. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class MessagesApi {
  constructor(settings, transcript) {
    this.settings = settings;
    this.transcript = transcript;
  }

  /**
   * One answer of the model: its blocks. `on.text` gets the text so far; `on.retry` hears that it will be asked again; `on.restart` that
   * what was said so far does not count.
   */
  async ask(signal, on) {
    const retries = Number(this.settings.env.CLAUDE_CODE_MAX_RETRIES ?? 10);
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#askOnce(signal, attempt, on);
      } catch (error) {
        if (signal.aborted || error instanceof ApiError || attempt >= retries) throw error;
        const waitS = Math.max(delayS(attempt), error.retryAfterS ?? 0) * (1 + Math.random() / 4);
        on.restart();
        on.retry(attempt + 1, retries, waitS);
        await sleep(waitS * 1000, undefined, { signal });
      }
    }
  }

  async #askOnce(signal, attempt, on) {
    const response = await this.#send(signal, attempt);
    if (response.statusCode !== 200) throw await refused(response);
    const blocks = [];
    let stopped = false;
    for await (const { type, index, content_block: block, delta, error } of events(response)) {
      if (type === 'content_block_start') blocks[index] = { ...block, json: '' };
      if (delta?.type === 'text_delta') {
        blocks[index].text += delta.text;
        on.text(textOf(blocks));
      }
      if (delta?.type === 'input_json_delta') blocks[index].json += delta.partial_json;
      if (type === 'error') throw new Error(error.message);
      stopped ||= type === 'message_stop';
    }
    if (!stopped) throw new Error('the stream was cut');
    return blocks.map(({ json, ...block }) =>
      block.type === 'tool_use' ? { ...block, input: JSON.parse(json) } : block,
    );
  }

  #send(signal, attempt) {
    const { env, model } = this.settings;
    const body = JSON.stringify({
      ...{ model, max_tokens: MAX_TOKENS, stream: true, system: [{ type: 'text', text: 'You are a stub.' }] },
      ...{ messages: this.transcript.history, tools: TOOLS, metadata: { user_id: 'stub' } },
    });
    const headers = {
      ...{
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'anthropic-version': '2023-06-01',
      },
      ...{
        'anthropic-beta': 'claude-code-20250219',
        'user-agent': `claude-cli/${VERSION} (external, cli)`,
        'x-app': 'cli',
      },
      ...{ 'x-claude-code-session-id': this.transcript.sessionId, 'x-stainless-retry-count': String(attempt) },
      ...(env.ANTHROPIC_AUTH_TOKEN === undefined ? {} : { authorization: `Bearer ${env.ANTHROPIC_AUTH_TOKEN}` }),
      ...(env.ANTHROPIC_API_KEY === undefined ? {} : { 'x-api-key': env.ANTHROPIC_API_KEY }),
    };
    const base = new URL(env.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com');
    const path = '/v1/messages?beta=true';
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers, signal };
      const request = this.#request(base, path, options);
      request.on('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
  }

  #request(base, path, options) {
    const { env } = this.settings;
    const proxy = env.HTTP_PROXY ?? env.http_proxy;
    if (env.ANTHROPIC_UNIX_SOCKET) return http.request({ ...options, socketPath: env.ANTHROPIC_UNIX_SOCKET, path });
    if (proxy !== undefined && base.protocol === 'http:') {
      const headers = { ...options.headers, host: base.host };
      return http.request(proxy, { ...options, headers, path: new URL(path, base).href });
    }
    return (base.protocol === 'https:' ? https : http).request(new URL(path, base), options);
  }
}

export function textOf(blocks) {
  return blocks
    .filter((block) => block?.type === 'text')
    .map((block) => block.text)
    .join('\n');
}

function delayS(attempt) {
  return Math.min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** attempt);
}

async function refused(response) {
  const { statusCode: status, headers } = response;
  const said = await text(response);
  let message = said;
  try {
    message = JSON.parse(said).error.message;
  } catch {
    // What is not the API's own error is shown as it came.
  }
  const retryAfterS = Number(headers['retry-after'] ?? 0);
  const again = status === 401 || status === 429 || status >= 500;
  const final = !again || headers['x-should-retry'] === 'false' || retryAfterS > LONGEST_RETRY_AFTER_S;
  if (final) return new ApiError(status, message);
  return Object.assign(new Error(message), { status, retryAfterS });
}

/** The data of server-sent events. */
async function* events(response) {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length));
  }
}
