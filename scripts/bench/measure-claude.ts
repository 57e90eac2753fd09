import http from 'node:http';
import type { Measure, Sample } from './measure';
import { percentile } from './statistics';
import { BYTES_HEADER } from './targets/messages-api';
import type { ClaudeApi } from './targets/target';

const MEGABYTE = 1e6;
/** About 25,000 tokens: a conversation with some files in it. */
const PROMPT_BYTES = 100_000;
const BODY = JSON.stringify({
  model: 'claude-bench',
  max_tokens: 1024,
  stream: true,
  messages: [{ role: 'user', content: 'x'.repeat(PROMPT_BYTES) }],
});
const MEDIAN = 0.5;
const WARM_UP = 20;

/** What the API gateway adds to a reply, against the same stand-in for the Claude API asked directly, in turn. */
export const claude: Measure = {
  name: 'claude',
  rows: [
    { id: 'claude-first', title: 'Claude reply, first byte', unit: 'ms', digits: 2 },
    { id: 'claude-first-direct', title: '  asked directly', unit: 'ms', digits: 2 },
    { id: 'claude-added', title: '  what the gateway adds', unit: 'ms', digits: 2 },
    { id: 'claude-rate', title: 'Claude reply, throughput', unit: 'MB/s', digits: 1 },
    { id: 'claude-rate-direct', title: '  asked directly', unit: 'MB/s', digits: 1 },
  ],
  sample: async ({ target, effort }): Promise<Sample> => {
    const api = await target.claudeApi?.();
    if (!api) return {};
    const agent = new http.Agent({ keepAlive: true });
    const through: number[] = [];
    const direct: number[] = [];
    for (let i = -WARM_UP; i < effort.replies; i++) {
      const times = [
        (await reply(api.direct, api, agent)).firstByteMs,
        (await reply(api.through, api, agent)).firstByteMs,
      ];
      if (i < 0) continue;
      direct.push(times[0] as number);
      through.push(times[1] as number);
    }
    const rate = async (url: string): Promise<number> => {
      const { bytes, ms } = await reply(url, api, agent, effort.throughputBytes);
      return bytes / MEGABYTE / (ms / 1000);
    };
    const [rateDirect, rateThrough] = [await rate(api.direct), await rate(api.through)];
    agent.destroy();
    const [first, firstDirect] = [percentile(through, MEDIAN), percentile(direct, MEDIAN)];
    return {
      'claude-first': first,
      'claude-first-direct': firstDirect,
      'claude-added': first - firstDirect,
      'claude-rate': rateThrough,
      'claude-rate-direct': rateDirect,
    };
  },
};

interface Reply {
  readonly firstByteMs: number;
  readonly ms: number;
  readonly bytes: number;
}

function reply(url: string, { token }: ClaudeApi, agent: http.Agent, wantedBytes?: number): Promise<Reply> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}/v1/messages`, {
      agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': BODY.length,
        ...(wantedBytes !== undefined && { [BYTES_HEADER]: String(wantedBytes) }),
      },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      let firstByteMs = 0;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        firstByteMs ||= performance.now() - startedAt;
        bytes += chunk.length;
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`A reply had status ${response.statusCode}.`));
        resolve({ firstByteMs, ms: performance.now() - startedAt, bytes });
      });
    });
    request.end(BODY);
  });
}
