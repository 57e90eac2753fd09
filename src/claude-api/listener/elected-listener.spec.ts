import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import fc from 'fast-check';
import { eventually } from '../../../test/support/eventually';
import { DomainError } from '../../kernel/domain-error';
import { RandomIds } from '../../kernel/ids';
import { ClaudeDirectory } from '../claude-directory';
import type { ClaudeRoute } from '../claude-listener';
import { ClaudeTokens, type ClaudeToken } from '../claude-tokens';
import { SILENT } from '../test-support/gateway-rig';
import { ElectedListener } from './elected-listener';
import { FrontDoor } from './front-door';

const OWNER: ClaudeToken = { sessionKey: 'k', sessionId: 's', projectId: 'p', userId: 'u', purpose: 'session' };

let dataDir: string;
let directory: ClaudeDirectory;
let tokens: ClaudeTokens;
const made: ElectedListener[] = [];

beforeEach(() => {
  dataDir = fs.mkdtempSync('/tmp/hf-lead-');
  directory = new ClaudeDirectory(dataDir);
  directory.make();
  tokens = new ClaudeTokens(directory.tokens, new RandomIds());
});
afterEach(() => {
  for (const listener of made.splice(0)) listener.close();
  fs.rmSync(dataDir, { recursive: true });
});

/** One for each gateway process. */
function gateway(name = 'one', routes: readonly ClaudeRoute[] = []): ElectedListener {
  const listener = new ElectedListener({ directory, door: new FrontDoor(tokens, SILENT), log: SILENT });
  made.push(listener);
  for (const route of routes) listener.add(route);
  listener.add({ prefix: '/who', handle: (_, response, token) => void response.end(`${name} for ${token.userId}`) });
  listener.addControl('who', () => Promise.resolve(name));
  listener.start();
  return listener;
}

async function leading(listener: ElectedListener): Promise<ElectedListener> {
  await eventually(() => expect(listener.isLeader).toBe(true));
  await listener.listening();
  return listener;
}

interface Place {
  readonly url?: string;
  readonly socketPath?: string;
}

function get(path: string, token: string | undefined, place: Place, agent?: http.Agent): Promise<[number, string]> {
  const { hostname, port } = new URL(place.url ?? 'http://localhost');
  const where = place.socketPath ? { socketPath: place.socketPath } : { hostname, port };
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  return new Promise((resolve, reject) => {
    const request = http.get({ ...where, path, headers, agent: agent ?? new http.Agent() }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.once('end', () => resolve([response.statusCode ?? 0, body]));
    });
    request.once('error', reject);
  });
}

describe('the leader', () => {
  it('serves whoever has a token, on a loopback port and on a socket', async () => {
    const one = await leading(gateway());
    const token = tokens.issue(OWNER);
    expect(await get('/who', token, { url: one.baseUrl })).toEqual([200, 'one for u']);
    expect(await get('/who/more?x=1', token, { socketPath: one.socketPath })).toEqual([200, 'one for u']);
    expect(await get('/whom', token, { url: one.baseUrl })).toEqual([404, expect.any(String)]);
    expect(await get('/api/hello', undefined, { url: one.baseUrl })).toEqual([200, '']);
  });

  it('refuses everybody else once and for all', async () => {
    const one = await leading(gateway());
    const token = tokens.issue(OWNER);
    tokens.revoke(OWNER.sessionKey);
    for (const shown of [undefined, 'hfc_', token]) {
      const [status, body] = await get('/who', shown, { url: one.baseUrl });
      expect([status, body]).toEqual([402, expect.stringContaining('open it again')]);
    }
  });

  it('lets any system user dial the socket of sessions, and nobody the one of gateway processes', async () => {
    await leading(gateway());
    expect(fs.statSync(directory.apiSocket).mode & 0o777).toBe(0o666);
    expect(fs.statSync(directory.controlSocket).mode & 0o777).toBe(0o600);
  });

  it('is one of all processes; the next one takes over on the same port when it goes', async () => {
    const one = await leading(gateway('one'));
    const two = gateway('two');
    const began: string[] = [];
    two.onLeading(() => began.push('two'));
    const token = tokens.issue(OWNER);
    const { baseUrl } = one;
    expect([two.isLeader, two.baseUrl]).toEqual([false, baseUrl]);
    one.stepDown();
    expect(one.isLeader).toBe(false);
    await leading(two);
    expect(began).toEqual(['two']);
    expect(await get('/who', token, { url: baseUrl })).toEqual([200, 'two for u']);
    expect(await get('/who', token, { socketPath: directory.apiSocket })).toEqual([200, 'two for u']);
    let late = 0;
    two.onLeading(() => late++);
    expect(late).toBe(1);
  });

  it('finishes what it is answering after it stepped down, and keeps no connection', async () => {
    let finish: (() => void) | undefined;
    const slow: ClaudeRoute = {
      prefix: '/slow',
      handle: (_, response) => {
        response.write('begun');
        finish = () => void response.end(' and ended');
      },
    };
    const one = await leading(gateway('one', [slow]));
    const token = tokens.issue(OWNER);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const answer = get('/slow', token, { url: one.baseUrl }, agent);
    await eventually(() => expect(finish).toBeDefined());
    one.stepDown();
    const two = await leading(gateway('two'));
    finish?.();
    expect(await answer).toEqual([200, 'begun and ended']);
    // The connection is closed by then, or in this moment.
    const next = await eventually(() => get('/who', token, { url: two.baseUrl }, agent));
    expect(next).toEqual([200, 'two for u']);
    agent.destroy();
  });

  it('takes another port when somebody else has the one it knows', async () => {
    const one = new ElectedListener({ directory, door: new FrontDoor(tokens, SILENT), log: SILENT });
    const port = Number(new URL(one.baseUrl).port);
    const squatter = http.createServer();
    await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
    const two = await leading(gateway('two'));
    squatter.close();
    expect(Number(new URL(two.baseUrl).port)).not.toBe(port);
    expect(await get('/who', tokens.issue(OWNER), { url: two.baseUrl })).toEqual([200, 'two for u']);
  });

  it('is not troubled by what is no HTTP, and answers none of it with what a session gets', async () => {
    const one = await leading(gateway());
    const port = Number(new URL(one.baseUrl).port);
    const likely = fc.constantFrom(
      'GET /who HTTP/1.1\r\n',
      'authorization: Bearer ',
      'hfc_',
      '\r\n',
      '\r\n\r\n',
      ': ',
      '\0',
    );
    const parts = fc.array(fc.oneof(likely, fc.string({ unit: 'binary' })), { maxLength: 12 });
    const send = async (text: string): Promise<string> => {
      const socket = net.connect(port, '127.0.0.1');
      let heard = '';
      socket.on('error', () => undefined);
      // A refusal is there at once; what is no request at all ends with its connection.
      socket.once('data', (chunk: Buffer) => {
        heard = chunk.toString('latin1');
        socket.destroy();
      });
      socket.end(text);
      await new Promise((resolve) => socket.once('close', resolve));
      return heard;
    };
    const answers = await Promise.all(fc.sample(parts, 60).map((words) => send(words.join(''))));
    expect(answers.join('\n')).not.toContain('one for');
    expect(await get('/who', tokens.issue(OWNER), { url: one.baseUrl })).toEqual([200, 'one for u']);
  });

  it('answers 500 when a route fails, and goes on', async () => {
    const fails = { prefix: '/fails', handle: () => Promise.reject(new Error('a secret reason')) };
    const one = await leading(gateway('one', [fails]));
    const token = tokens.issue(OWNER);
    const [status, body] = await get('/fails', token, { url: one.baseUrl });
    expect([status, body]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(await get('/who', token, { url: one.baseUrl })).toEqual([200, 'one for u']);
  });
});

describe('calls to the leader', () => {
  it('are answered by the leader, whoever asks', async () => {
    const one = await leading(gateway('one'));
    const two = gateway('two');
    expect([await one.control('who', {}), await two.control('who', {})]).toEqual(['one', 'one']);
    one.stepDown();
    expect(await two.control('who', {})).toBe('two');
  });

  it('carry a body there, and back what was thrown', async () => {
    const one = await leading(gateway('one'));
    const two = gateway('two');
    one.addControl('echo', (body) => Promise.resolve(body));
    one.addControl('refuse', () =>
      Promise.reject(new DomainError('conflict', 'Somebody was faster.', { details: { by: 'b' } })),
    );
    one.addControl('break', () => Promise.reject(new Error('a secret reason')));
    expect(await two.control('echo', { a: [1, 'é'] })).toEqual({ a: [1, 'é'] });
    expect(await two.control('echo', undefined)).toBeNull();
    const refused = (await two.control('refuse', {}).catch((error: unknown) => error)) as DomainError;
    expect(refused).toBeInstanceOf(DomainError);
    expect(refused).toMatchObject({
      code: 'conflict',
      message: 'Somebody was faster.',
      options: { details: { by: 'b' } },
    });
    await expect(two.control('break', {})).rejects.toMatchObject({ code: 'internal' });
    await expect(two.control('unknown', {})).rejects.toMatchObject({ code: 'internal' });
  });

  it('are refused after a moment while nobody leads', async () => {
    const alone = new ElectedListener({ directory, door: new FrontDoor(tokens, SILENT), log: SILENT });
    await expect(alone.control('who', {})).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });
});
