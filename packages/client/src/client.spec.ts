import { FrameType } from '@holdfast/protocol';
import { DEAD_AFTER_MS } from './limits';
import { Harness } from './testing/harness';

const names = (h: Harness): string[] => h.states.map((state) => state.name);

describe('a client', () => {
  let h: Harness;

  beforeEach(() => {
    h = new Harness();
  });

  afterEach(() => {
    expect(h.server.violations).toEqual([]);
  });

  describe('dialling', () => {
    it('sends nothing before it is asked to, and resolves connect at the welcome', async () => {
      await h.advance(1000);
      expect(h.client.state.name).toBe('idle');
      expect(h.server.dials).toEqual([]);
      const connected = h.client.connect();
      await h.advance(10);
      await connected;
      expect(names(h)).toEqual(['connecting', 'online']);
    });

    it('sends a token in a header where headers can be sent', async () => {
      void h.client.connect();
      await h.advance(10);
      const { url, protocols, headers } = h.server.peer.socket;
      expect({ url, protocols, headers }).toEqual({
        url: 'ws://host/ws/terminal',
        protocols: ['holdfast.v1'],
        headers: { Authorization: 'Bearer t0ken' },
      });
    });

    it('sends a ticket in the query, a fresh one for every attempt', async () => {
      let tickets = 0;
      h = new Harness({ url: 'ws://h/ws?x=1', credentials: { ticket: () => Promise.resolve(`a b${(tickets += 1)}`) } });
      await h.open();
      h.server.peer.socket.end();
      await h.advance(2000);
      expect(h.server.dials.map((dial) => dial.socket.url)).toEqual([
        'ws://h/ws?x=1&ticket=a%20b1',
        'ws://h/ws?x=1&ticket=a%20b2',
      ]);
    });

    it('gives up a dial that brings no welcome within 10 s', async () => {
      h.server.onDial = () => 'ignore';
      void h.client.connect();
      await h.advance(9_900);
      expect(h.server.dials[0]?.socket.open).toBe(true);
      await h.advance(200);
      expect(h.server.dials[0]?.socket.open).toBe(false);
      expect(h.client.state.name).toBe('waiting');
    });

    it('counts a failed credential as a failed attempt, and stops when it says that there will be none', async () => {
      const errors: string[] = [];
      let refusal: Error = new Error('offline');
      h = new Harness({ credentials: { token: () => Promise.reject(refusal) } });
      h.client.on('error', ({ code, message }) => errors.push(`${code}: ${message}`));
      const connected = h.client.connect();
      await h.advance(10);
      expect(h.client.state.name).toBe('waiting');
      refusal = Object.assign(new Error('logged out'), { retryable: false });
      await h.advance(2000);
      expect(h.client.state.name).toBe('closed');
      expect(errors).toEqual(['credentials_failed: offline', 'credentials_failed: logged out']);
      await expect(connected).rejects.toMatchObject({ code: 'credentials_failed' });
    });

    it('carries all terminals on one socket, each with its own channel, which it keeps', async () => {
      const a = await h.open();
      const b = await h.open();
      h.server.peer.socket.end();
      await h.advance(2000);
      expect(h.server.peers).toHaveLength(2);
      const opens = h.server.peer.messages('open');
      expect(opens.map((o) => [o.channel, o.sessionId])).toEqual([
        [1, a.terminal.sessionId],
        [2, b.terminal.sessionId],
      ]);
      expect(new Set(opens.map((o) => o.writerId)).size).toBe(2);
    });
  });

  describe('after a cut', () => {
    it('is back within 100 ms when the connection had been stable', async () => {
      const { terminal } = await h.open();
      await h.advance(11_000);
      h.server.peer.socket.end();
      expect(terminal.state).toBe('resuming');
      expect(h.client.state).toMatchObject({ name: 'waiting', attempt: 1, retryAt: h.timers.now() + 99.9 });
      await h.advance(110);
      expect(terminal.state).toBe('open');
    });

    it('stops being a loop after five failures: one attempt each 30 s, whatever is typed or clicked', async () => {
      const { terminal } = await h.open();
      await h.advance(11_000);
      h.server.onDial = () => 'refuse';
      h.server.peer.socket.end();
      await h.advance(20_000);
      expect(h.client.state.name).toBe('broken');
      const before = h.server.dials.length;
      expect(before).toBe(1 + 5);
      for (let second = 0; second < 300; second += 1) {
        terminal.write('x');
        h.client.retryNow();
        await h.advance(1000);
      }
      const attempts = h.server.dials.slice(before);
      expect(attempts.length).toBeGreaterThanOrEqual(9);
      expect(attempts.length).toBeLessThanOrEqual(10);
      for (let i = 1; i < attempts.length; i += 1) {
        expect((attempts[i]?.at ?? 0) - (attempts[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(30_000);
      }
      h.server.onDial = () => 'accept';
      await h.advance(31_000);
      expect(terminal.state).toBe('open');
      expect(h.server.session().typed).toHaveLength(300);
    });

    it('counts a welcome without opened channels as a failure', async () => {
      await h.open();
      await h.advance(11_000);
      h.server.onOpen = (_, peer) => {
        peer.socket.end();
        return 'ignore';
      };
      h.server.peer.socket.end();
      await h.advance(20_000);
      expect(h.client.state.name).toBe('broken');
    });

    it('tries at once when somebody types, at most once a second', async () => {
      const { terminal } = await h.open();
      await h.advance(11_000);
      h.server.onDial = () => 'refuse';
      h.server.peer.socket.end();
      await h.advance(200);
      const dials = h.server.dials.length;
      terminal.write('a');
      expect(h.server.dials.length).toBe(dials);
      await h.advance(5);
      expect(h.server.dials.length).toBe(dials + 1);
      terminal.write('b');
      await h.advance(5);
      expect(h.server.dials.length).toBe(dials + 1);
    });

    it('waits as long as an overloaded server asks, and nobody shortens it', async () => {
      const { terminal } = await h.open();
      h.server.peer.socket.end(4053, '{"retryAfterMs":9000}');
      await h.advance(5);
      terminal.write('x');
      await h.advance(8900);
      expect(h.server.dials).toHaveLength(1);
      await h.advance(1100);
      expect(h.server.dials).toHaveLength(2);
    });

    it('waits as long as a restarting server asks, and then a key shortens the wait again', async () => {
      const { terminal } = await h.open();
      h.server.peer.socket.end(1012, '{"retryAfterMs":9000}');
      await h.advance(5);
      terminal.write('x');
      await h.advance(8_990);
      expect(h.server.dials).toHaveLength(1);
      await h.advance(10);
      terminal.write('x');
      await h.advance(5);
      expect(h.server.dials).toHaveLength(2);
    });

    it('does not take the hint of an earlier error for one about a cut', async () => {
      const { terminal } = await h.open();
      h.server.peer.error({ code: 'circuit_open', retryable: true, retryAfterMs: 60_000 });
      await h.advance(11_000);
      h.server.peer.socket.end();
      await h.advance(200);
      expect(terminal.state).toBe('open');
    });

    it('takes the hint of the error event when the close has none', async () => {
      await h.open();
      h.server.peer.error({ code: 'circuit_open', retryable: true, retryAfterMs: 9000 });
      h.server.peer.socket.end(4053);
      await h.advance(8900);
      expect(h.server.dials).toHaveLength(1);
      await h.advance(1100);
      expect(h.server.dials).toHaveLength(2);
    });
  });

  describe('make before break', () => {
    it('moves to a new socket on goaway without a missing byte or a pause', async () => {
      const recorder = await h.open();
      const old = h.server.peer;
      old.send('goaway', { reason: 'deploy', reconnectAfterMs: 500 });
      await h.advance(400);
      expect(h.server.dials).toHaveLength(1);
      let expected = '';
      for (let i = 0; i < 200; i += 1) {
        const text = `${i} `;
        expected += text;
        h.server.session().print(text);
        h.server.flush();
        recorder.terminal.write(text);
        await h.advance(1);
        expect(h.client.state.name).toBe('online');
        expect(recorder.terminal.state).toBe('open');
      }
      await h.advance(20);
      expect(h.server.dials).toHaveLength(2);
      expect(old.socket.closedByClient).toBe(1000);
      expect(recorder.output).toBe(expected);
      expect(h.server.session().text).toBe(expected);
      expect(recorder.log.filter((line) => line.startsWith('opened'))).toEqual(['opened fresh', 'opened exact']);
    });

    it('keeps the old socket until the new one has opened all channels', async () => {
      const a = await h.open();
      const b = await h.open();
      const old = h.server.peer;
      let ready = false;
      h.server.onOpen = (request) => {
        if (request.channel === 1 || ready) return undefined;
        return { code: 'host_unavailable', retryable: true, retryAfterMs: 190 };
      };
      old.send('goaway', { reason: 'deploy', reconnectAfterMs: 0 });
      await h.advance(1000);
      expect(h.server.openPeers).toHaveLength(2);
      a.terminal.write('new');
      b.terminal.write('old');
      await h.advance(10);
      // Input goes over the newest connection that has the channel.
      expect(h.server.peer.inputs).toHaveLength(1);
      expect(old.inputs).toHaveLength(1);
      ready = true;
      await h.advance(200);
      expect(h.server.openPeers).toHaveLength(1);
      expect(old.socket.closedByClient).toBe(1000);
      expect(h.server.session(a.terminal.sessionId).text).toBe('new');
      expect(h.server.session(b.terminal.sessionId).text).toBe('old');
    });

    it('falls back to the old socket when the new one dies half-way', async () => {
      const a = await h.open();
      const b = await h.open();
      const [old] = h.server.peers;
      h.server.onOpen = (request) => (request.channel === 2 ? 'ignore' : undefined);
      old?.send('goaway', { reason: 'deploy', reconnectAfterMs: 0 });
      await h.advance(100);
      h.server.peer.socket.end();
      a.terminal.write('still');
      b.terminal.write('here');
      h.server.session(a.terminal.sessionId).print('out');
      h.server.flush();
      await h.advance(10);
      expect(h.server.session(a.terminal.sessionId).text).toBe('still');
      expect(h.server.session(b.terminal.sessionId).text).toBe('here');
      expect(a.output).toBe('out');
      expect(h.client.state.name).toBe('online');
      h.server.onOpen = () => undefined;
      await h.advance(5000);
      expect(old?.socket.closedByClient).toBe(1000);
    });

    it('sends again on the old socket what went down with the new one', async () => {
      const a = await h.open();
      await h.open();
      const [old] = h.server.peers;
      h.server.onOpen = (request) => (request.channel === 2 ? 'ignore' : undefined);
      old?.send('goaway', { reason: 'deploy', reconnectAfterMs: 0 });
      await h.advance(100);
      h.server.peer.socket.frozen = true;
      a.terminal.write('rescued');
      await h.advance(10);
      h.server.peer.socket.end();
      await h.advance(10);
      expect(old?.socket.open).toBe(true);
      expect(h.server.session(a.terminal.sessionId).text).toBe('rescued');
    });

    it('ignores a jump of the new socket over what the old one delivered meanwhile', async () => {
      const recorder = await h.open();
      const old = h.server.peer;
      h.server.onOpen = () => {
        h.server.session().print('delivered by the old one, ');
        h.server.flush();
        h.server.session().retainedFrom = h.server.session().output.length;
        return undefined;
      };
      old.send('goaway', { reason: 'deploy', reconnectAfterMs: 0 });
      await h.advance(200);
      h.server.session().print('then by the new one');
      h.server.flush();
      await h.advance(10);
      expect(recorder.log).toContain('opened gap');
      expect(recorder.log).not.toContain('snapshot gap');
      expect(recorder.output).toBe('delivered by the old one, then by the new one');
    });

    it('redraws after a jump over what nobody delivered', async () => {
      const recorder = await h.open();
      await h.advance(11_000);
      h.server.peer.socket.end();
      h.server.session().print('never seen');
      h.server.session().retainedFrom = 10;
      await h.advance(200);
      h.server.session().print('!');
      h.server.flush();
      await h.advance(10);
      expect(recorder.log.slice(1)).toEqual(['opened gap', 'snapshot gap', 'data']);
      expect(recorder.output).toBe('screen@10!');
    });

    it('acknowledges on the new socket only what that one has sent', async () => {
      const recorder = await h.open();
      const old = h.server.peer;
      // The old socket is far ahead when the new one begins where it was asked to begin.
      h.server.onOpen = (request) => {
        if (request.offset !== undefined) {
          h.server.session().print(new Uint8Array(400 * 1024).fill(65));
          h.server.enforcesWindow = false;
          h.server.flush();
          h.server.enforcesWindow = true;
        }
        return undefined;
      };
      old.send('goaway', { reason: 'deploy', reconnectAfterMs: 0 });
      await h.advance(300);
      expect(h.server.openPeers).toHaveLength(1);
      h.server.session().print('end');
      h.server.flush();
      await h.advance(300);
      expect(recorder.output).toHaveLength(400 * 1024 + 3);
      expect(h.server.peer.acks.at(-1)?.offset).toBe(400 * 1024 + 3);
    });

    it('ignores that its own new connection took the old one over', async () => {
      await h.open();
      const old = h.server.peer;
      h.server.onOpen = (_, peer) => {
        if (peer !== old) old.socket.end(4009);
        return undefined;
      };
      old.send('goaway', { reason: 'deploy', reconnectAfterMs: 0 });
      await h.advance(200);
      expect(h.client.state.name).toBe('online');
      expect(h.server.openPeers).toHaveLength(1);
    });

    it('dials a second connection for a suspect one, and drops the first only then', async () => {
      const recorder = await h.open();
      const old = h.server.peer;
      old.socket.frozen = true;
      recorder.terminal.write('hello');
      await h.advance(900);
      expect(h.server.dials).toHaveLength(1);
      await h.advance(600);
      expect(h.server.dials).toHaveLength(2);
      expect(h.server.session().text).toBe('hello');
      expect(old.socket.closedByClient).toBe(1000);
      expect(names(h)).toEqual(['connecting', 'online', 'online']);
    });

    it('does not suspect a link because the process does not read its input', async () => {
      const { terminal } = await h.open();
      h.server.acknowledgesInput = false;
      for (let i = 0; i < 60; i += 1) {
        terminal.write('x');
        await h.advance(500);
      }
      expect(h.server.dials).toHaveLength(1);
      // The answer to one ping settles it for all the input before.
      const pings = h.server.peer.messages('ping').length;
      await h.advance(30_000);
      expect(h.server.peer.messages('ping').length - pings).toBeLessThanOrEqual(4);
    });

    it('dials fewer and fewer second connections while they fail', async () => {
      await h.open();
      h.server.onDial = () => 'refuse';
      h.server.peer.socket.frozen = true;
      h.client.retryNow();
      await h.advance(DEAD_AFTER_MS - 1000);
      const gaps = h.server.dials.slice(2).map((dial, i) => dial.at - (h.server.dials[i + 1]?.at ?? 0));
      expect(gaps.length).toBeGreaterThanOrEqual(2);
      gaps.forEach((gap, i) => expect(gap).toBeGreaterThanOrEqual(4000 * 2 ** i));
      expect(h.client.state.name).toBe('online');
    });

    it('opens a second socket with a fresh ticket before the credential of the first expires', async () => {
      let tickets = 0;
      h = new Harness({ credentials: { ticket: () => Promise.resolve(`t${(tickets += 1)}`) } });
      await h.open();
      const old = h.server.peer;
      old.send('auth.expiring', { expiresInMs: 60_000 });
      await h.advance(500);
      expect(tickets).toBe(2);
      expect(old.socket.closedByClient).toBe(1000);
      expect(names(h)).not.toContain('waiting');
    });
  });

  describe('heartbeat', () => {
    it('pings every 10 s and reports the round trip', async () => {
      const latencies: number[] = [];
      h.client.on('latency', (ms) => latencies.push(ms));
      await h.open();
      await h.advance(30_000);
      expect(h.server.peer.messages('ping').length).toBe(4);
      expect(latencies).toEqual([2, 2, 2, 2]);
    });

    it('declares a socket dead after 25 s of silence', async () => {
      await h.open();
      h.server.onDial = () => 'refuse';
      const { socket } = h.server.peer;
      socket.frozen = true;
      await h.advance(24_000);
      expect(socket.open).toBe(true);
      await h.advance(12_000);
      expect(socket.open).toBe(false);
    });

    it('takes any byte as a sign of life', async () => {
      await h.open();
      h.server.answersPings = false;
      for (let i = 0; i < 80; i += 1) {
        h.server.session().print('.');
        h.server.flush();
        await h.advance(500);
      }
      expect(h.server.dials).toHaveLength(1);
    });
  });

  describe('close codes', () => {
    it('renews an expired credential once, then stops', async () => {
      let tokens = 0;
      h = new Harness({ credentials: { token: () => Promise.resolve(`t${(tokens += 1)}`) } });
      const recorder = await h.open();
      h.server.peer.socket.end(4001);
      await h.advance(200);
      expect(tokens).toBe(2);
      expect(recorder.terminal.state).toBe('open');
      h.server.peer.socket.end(4001);
      await h.advance(60_000);
      expect(tokens).toBe(2);
      expect(h.client.state).toMatchObject({ name: 'closed', code: 4001 });
      expect(recorder.log.at(-1)).toBe('closed credential_expired');
    });

    it('may renew again after a stable connection', async () => {
      await h.open();
      for (let i = 0; i < 3; i += 1) {
        await h.advance(11_000);
        h.server.peer.socket.end(4001);
        await h.advance(200);
        expect(h.client.state.name).toBe('online');
      }
    });

    it('sends a new token when the server says that the old one expires', async () => {
      await h.open();
      h.server.peer.send('auth.expiring', { expiresInMs: 60_000 });
      await h.advance(10);
      expect(h.server.peer.messages('auth.renew')).toEqual([{ token: 't0ken' }]);
      expect(h.server.dials).toHaveLength(1);
    });

    it.each([
      [1000, 'normal'],
      [1009, 'message_too_big'],
      [4000, 'bad_request'],
      [4003, 'forbidden'],
      [4004, 'not_found'],
      [4009, 'taken_over'],
      [4010, 'session_ended'],
      [4023, 'removed'],
      [4026, 'version_unsupported'],
    ])('stops after %i and closes every terminal with "%s"', async (code, name) => {
      const a = await h.open();
      const b = await h.open();
      a.terminal.write('late');
      h.server.acknowledgesInput = false;
      h.server.peer.socket.end(code);
      await h.advance(60_000);
      expect(h.server.dials).toHaveLength(1);
      expect(h.client.state).toMatchObject({ name: 'closed', code });
      expect([a.log.at(-1), b.log.at(-1)]).toEqual([`closed ${name}`, `closed ${name}`]);
    });

    it.each([1001, 1006, 1011, 1012, 1013, 4008, 4029, 4050, 4053, 4077])('comes back after %i', async (code) => {
      const { terminal } = await h.open();
      h.server.peer.socket.end(code);
      await h.advance(2000);
      expect(terminal.state).toBe('open');
    });

    it('reads a refused upgrade like the close code that means the same', async () => {
      h.server.onDial = (socket) => {
        socket.refusal = { status: 403, code: 'bad_origin', message: 'This origin is not allowed.' };
        return 'refuse';
      };
      const connected = h.client.connect();
      await h.advance(10);
      await expect(connected).rejects.toMatchObject({ code: 'bad_origin', message: 'This origin is not allowed.' });
      expect(h.client.state).toMatchObject({ name: 'closed', code: 4003 });
    });

    it('waits for Retry-After of a refused upgrade', async () => {
      h.server.onDial = (socket) => {
        socket.refusal = { status: 503, retryAfterMs: 5000 };
        return 'refuse';
      };
      void h.client.connect();
      await h.advance(4900);
      expect(h.server.dials).toHaveLength(1);
      await h.advance(700);
      expect(h.server.dials).toHaveLength(2);
    });
  });

  describe('close', () => {
    it('detaches all terminals, closes with 1000 and leaves no timer behind', async () => {
      const a = await h.open();
      const b = await h.open();
      const done = h.client.close();
      await h.advance(10);
      await done;
      expect(h.server.peer.messages('detach').map((d) => d.channel)).toEqual([1, 2]);
      expect(h.server.peer.socket.closedByClient).toBe(1000);
      expect([a.terminal.state, b.terminal.state]).toEqual(['closed', 'closed']);
      await h.advance(100);
      expect(h.timers.pending).toBe(0);
      expect(h.client.state).toMatchObject({ name: 'closed', code: 1000 });
    });

    it('reports what was never sent', async () => {
      const recorder = await h.open();
      h.server.peer.socket.end();
      recorder.terminal.write('unsent');
      await h.client.close();
      expect(recorder.unsent).toEqual(['unsent']);
      const dials = h.server.dials.length;
      await h.advance(60_000);
      expect(h.server.dials).toHaveLength(dials);
      expect(h.server.openPeers).toEqual([]);
    });

    it('gives closed terminals afterwards', async () => {
      await h.client.close();
      const recorder = await h.open();
      expect(recorder.log).toEqual(['closed closed']);
      await expect(h.client.connect()).rejects.toMatchObject({ code: 'normal' });
    });
  });

  it('reports frames that are none and goes on', async () => {
    const recorder = await h.open();
    const errors: string[] = [];
    h.client.on('error', ({ code }) => errors.push(code));
    h.server.peer.socket.deliver('{nonsense');
    h.server.peer.socket.deliver('[1]');
    h.server.peer.socket.deliver(Uint8Array.of(1, 2, 3));
    h.server.peer.socket.deliver(JSON.stringify({ event: 'from.the.future', data: { channel: 1 } }));
    h.server.peer.frame(9 as 1, 1, 0, 'from the future');
    h.server.peer.frame(FrameType.data, 77, 0, 'nobody');
    h.server.peer.frame(FrameType.data, 1, 0, 'fine');
    await h.advance(10);
    expect(errors).toEqual(['bad_frame', 'bad_frame', 'bad_frame']);
    expect(recorder.output).toBe('fine');
  });
});
