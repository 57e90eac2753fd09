import { FrameType } from '@holdfast/protocol';
import { INPUT_PIECE_BYTES, MAX_INPUT_IN_FLIGHT_BYTES, MAX_UNSENT_BYTES } from './limits';
import { Harness } from './testing/harness';

describe('a terminal', () => {
  let h: Harness;

  beforeEach(() => {
    h = new Harness();
  });

  afterEach(() => {
    expect(h.server.violations).toEqual([]);
  });

  describe('when it opens', () => {
    it('names a new session itself, so that a repeated open starts one process', async () => {
      const { terminal, log } = await h.open();
      expect(terminal.state).toBe('open');
      expect(terminal.sessionId).toMatch(/^session_\d+_[0-9a-z]{16}$/);
      expect(log).toEqual(['opened fresh']);
      await expect(terminal.ready).resolves.toMatchObject({ created: true, resume: 'fresh' });
    });

    it('starts one process when the connection is cut before the answer', async () => {
      h.server.onOpen = () => 'ignore';
      const { terminal } = await h.open();
      h.server.onOpen = () => undefined;
      h.server.peer.socket.end();
      await h.advance(2000);
      expect(terminal.state).toBe('open');
      expect(h.server.sessions.size).toBe(1);
      expect(h.server.peers.flatMap((p) => p.messages('open')).map((o) => o.sessionId)).toEqual([
        terminal.sessionId,
        terminal.sessionId,
      ]);
    });

    it('lets a server name the session that insists on it', async () => {
      h.server.onOpen = (request) => (request.sessionId === undefined ? undefined : { code: 'session_not_found' });
      const { terminal } = await h.open();
      expect(terminal.sessionId).toMatch(/_named$/);
    });

    it('gets the screen of an existing session before its output, and acknowledges it by position', async () => {
      h.server.addSession('session_1_x').print('0123456789');
      const recorder = await h.open({ sessionId: 'session_1_x' });
      h.server.session().print('abc');
      h.server.flush();
      await h.advance(50);
      expect(recorder.log).toEqual(['opened snapshot', 'snapshot snapshot', 'data']);
      expect(recorder.output).toBe('screen@10abc');
      expect(h.server.peer.acks.map((a) => a.offset)).toEqual([10, 13]);
      expect(recorder.terminal.position()).toEqual({ epoch: 'e1', offset: 13 });
    });

    it('continues from a position saved before a reload', async () => {
      h.server.addSession('session_1_x').print('0123456789');
      const recorder = await h.open({ sessionId: 'session_1_x', resumeFrom: { epoch: 'e1', offset: 4 } });
      expect(recorder.log).toEqual(['opened exact', 'data']);
      expect(recorder.output).toBe('456789');
    });

    it('keeps trying while the server says that it may', async () => {
      let refusals = 2;
      h.server.onOpen = () =>
        refusals-- > 0 ? { code: 'host_unavailable', retryable: true, retryAfterMs: 500 } : undefined;
      const recorder = await h.open();
      expect(recorder.log).toEqual(['error host_unavailable']);
      await h.advance(1100);
      expect(recorder.log).toEqual(['error host_unavailable', 'error host_unavailable', 'opened fresh']);
      expect(h.server.peers).toHaveLength(1);
    });

    it('is closed by a refusal that is final', async () => {
      h.server.onOpen = () => ({ code: 'forbidden' });
      const recorder = await h.open();
      expect(recorder.terminal.state).toBe('closed');
      expect(recorder.log).toEqual(['closed forbidden']);
      await expect(recorder.terminal.ready).rejects.toMatchObject({ code: 'forbidden', retryable: false });
    });

    it('drops a socket on which it is not opened within 5 s, and tries on another', async () => {
      h.server.onOpen = () => 'ignore';
      const recorder = await h.open();
      h.server.onOpen = () => undefined;
      await h.advance(4900);
      expect(h.server.peers).toHaveLength(1);
      await h.advance(1300);
      expect(h.server.peers).toHaveLength(2);
      expect(recorder.terminal.state).toBe('open');
    });
  });

  describe('output', () => {
    it('drops what comes twice', async () => {
      const recorder = await h.open();
      h.server.peer.frame(FrameType.data, 1, 0, 'hello');
      h.server.peer.frame(FrameType.data, 1, 0, 'hello');
      h.server.peer.frame(FrameType.data, 1, 3, 'lo world');
      await h.advance(10);
      expect(recorder.output).toBe('hello world');
    });

    it('opens the channel again with its position when something is missing', async () => {
      const recorder = await h.open();
      h.server.session().print('0123456789');
      h.server.peer.frame(FrameType.data, 1, 0, '0123');
      h.server.peer.frame(FrameType.data, 1, 6, '6789');
      await h.advance(20);
      expect(h.server.peer.messages('open').at(-1)).toMatchObject({ channel: 1, epoch: 'e1', offset: 4 });
      expect(recorder.output).toBe('0123456789');
      expect(recorder.log.filter((line) => line.startsWith('opened'))).toEqual(['opened fresh', 'opened exact']);
      expect(h.server.peers).toHaveLength(1);
    });

    it('gives up a socket whose output keeps having gaps', async () => {
      await h.open();
      const [first] = h.server.peers;
      for (let i = 0; i < 4; i += 1) {
        first?.frame(FrameType.data, 1, 100, 'x');
        await h.advance(20);
      }
      expect(first?.socket.open).toBe(false);
    });

    it('jumps with a lagging viewer and says what was lost', async () => {
      const recorder = await h.open();
      const snapshots: unknown[] = [];
      recorder.terminal.on('snapshot', ({ resume, lost, offset }) => snapshots.push({ resume, lost, offset }));
      h.server.peer.send('lagging', { channel: 1, lost: { from: 0, to: 1000 } });
      h.server.peer.frame(FrameType.snapshot, 1, 1000, 'screen');
      h.server.peer.frame(FrameType.data, 1, 1000, '!');
      await h.advance(10);
      expect(snapshots).toEqual([{ resume: 'lagging', lost: { from: 0, to: 1000 }, offset: 1000 }]);
      expect(recorder.output).toBe('screen!');
    });

    it('waits for a late listener, up to the window', async () => {
      h.server.addSession('session_1_x');
      const terminal = h.client.open({ projectId: 'p', sessionId: 'session_1_x', cols: 80, rows: 24 });
      await h.advance(10);
      h.server.enforcesWindow = false;
      h.server.session().print(new Uint8Array(300 * 1024).fill(65));
      h.server.flush();
      await h.advance(10);
      expect(h.server.peer.acks).toEqual([]);
      let got = 0;
      terminal.onData((bytes, ack) => {
        got += bytes.length;
        ack();
      });
      await h.advance(0);
      expect(got).toBe(256 * 1024);
      // The rest was not kept; it is asked for again.
      await h.advance(20);
      expect(got).toBe(300 * 1024);
    });
  });

  describe('acknowledgements of output', () => {
    const CHUNK = 4096;

    it('are cumulative, whatever the order in which the emulator finishes', async () => {
      const recorder = await h.open();
      recorder.holdAcks = true;
      for (let i = 0; i < 3; i += 1) h.server.peer.frame(FrameType.data, 1, i * 2, 'ab');
      await h.advance(10);
      const [first, second, third] = recorder.acks;
      third?.();
      second?.();
      await h.advance(100);
      expect(h.server.peer.acks).toEqual([]);
      expect(recorder.terminal.position()?.offset).toBe(0);
      first?.();
      await h.advance(100);
      expect(h.server.peer.acks.map((a) => a.offset)).toEqual([6]);
    });

    it('come at least every 32 KiB while the emulator is behind', async () => {
      const recorder = await h.open();
      recorder.holdAcks = true;
      h.server.session().print(new Uint8Array(40 * CHUNK));
      h.server.flush();
      await h.advance(10);
      for (const ack of recorder.acks.slice(0, 20)) ack();
      await h.advance(100);
      expect(h.server.peer.acks.map((a) => a.offset)).toEqual([8 * CHUNK, 16 * CHUNK]);
    });

    it('come at once for a keystroke, and at most one each 16 KiB in a flood', async () => {
      const recorder = await h.open();
      h.server.session().print('a');
      h.server.flush();
      await h.advance(2);
      expect(h.server.peer.acks).toHaveLength(1);
      await h.advance(100);
      h.server.session().print(new Uint8Array(16 * CHUNK));
      h.server.flush();
      await h.advance(5);
      const inFlood = h.server.peer.acks.length - 1;
      expect(inFlood).toBeLessThanOrEqual(5);
      await h.advance(30);
      expect(h.server.peer.acks.at(-1)?.offset).toBe(16 * CHUNK + 1);
      expect(recorder.terminal.position()?.offset).toBe(16 * CHUNK + 1);
    });
  });

  describe('input', () => {
    it('is sent in pieces and never with more than 256 KiB unacknowledged', async () => {
      const { terminal } = await h.open();
      h.server.acknowledgesInput = false;
      expect(terminal.write(new Uint8Array(MAX_INPUT_IN_FLIGHT_BYTES + 5000))).toBe(true);
      await h.advance(10);
      const { inputs } = h.server.peer;
      expect(inputs.reduce((sum, input) => sum + input.bytes.length, 0)).toBe(MAX_INPUT_IN_FLIGHT_BYTES);
      expect(Math.max(...inputs.map((input) => input.bytes.length))).toBe(INPUT_PIECE_BYTES);
      h.server.peer.frame(FrameType.ack, 1, MAX_INPUT_IN_FLIGHT_BYTES);
      await h.advance(10);
      expect(h.server.session().typed).toHaveLength(MAX_INPUT_IN_FLIGHT_BYTES + 5000);
    });

    it('is refused whole when more than 1 MiB would wait', async () => {
      const { terminal } = await h.open();
      h.server.peer.socket.end();
      expect(terminal.write(new Uint8Array(MAX_UNSENT_BYTES))).toBe(true);
      expect(terminal.write('x')).toBe(false);
    });

    it('typed while the connection is cut arrives once, in order', async () => {
      const { terminal } = await h.open();
      h.server.acknowledgesInput = false;
      terminal.write('one ');
      await h.advance(10);
      h.server.peer.socket.end();
      terminal.write('two ');
      h.server.acknowledgesInput = true;
      await h.advance(2000);
      terminal.write('three');
      await h.advance(10);
      expect(h.server.session().text).toBe('one two three');
      // The server had written the first part, so only the rest was sent again.
      expect(h.server.peer.inputs[0]).toMatchObject({ offset: 4 });
    });

    it('keeps a copy of bytes that the caller may reuse', async () => {
      const { terminal } = await h.open();
      const bytes = new TextEncoder().encode('abc');
      terminal.write(bytes);
      bytes.fill(0);
      await h.advance(10);
      expect(h.server.session().text).toBe('abc');
    });

    it('waits while the socket buffers more than 1 MiB', async () => {
      const { terminal } = await h.open();
      h.server.peer.socket.bufferedAmount = 1024 * 1024;
      terminal.write('late');
      await h.advance(200);
      expect(h.server.session().text).toBe('');
      h.server.peer.socket.bufferedAmount = 0;
      await h.advance(100);
      expect(h.server.session().text).toBe('late');
    });

    it('is sent again from where the server wants it, once for many reports of one gap', async () => {
      const { terminal } = await h.open();
      h.server.acknowledgesInput = false;
      terminal.write('abcdef');
      await h.advance(10);
      const [writer] = h.server.session().writers.keys();
      h.server.session().writers.set(writer as string, 2);
      h.server.session().typed.length = 2;
      for (let i = 0; i < 5; i += 1) h.server.peer.error({ code: 'input_gap', channel: 1, inputOffset: 2 });
      await h.advance(10);
      expect(h.server.session().text).toBe('abcdef');
      expect(h.server.peer.inputs).toHaveLength(2);
    });

    it('is sent again after a pause when the server had no room', async () => {
      const { terminal } = await h.open();
      h.server.acknowledgesInput = false;
      terminal.write('abc');
      await h.advance(10);
      h.server.peer.error({ code: 'input_overflow', channel: 1, retryable: true, inputOffset: 0, retryAfterMs: 200 });
      await h.advance(100);
      expect(h.server.peer.inputs).toHaveLength(1);
      await h.advance(150);
      expect(h.server.peer.inputs).toHaveLength(2);
    });

    it('is reported and not sent after the process was replaced', async () => {
      const recorder = await h.open();
      h.server.acknowledgesInput = false;
      recorder.terminal.write('rm -rf build');
      await h.advance(10);
      h.server.peer.socket.end();
      recorder.terminal.write('\n');
      h.server.session().replaceProcess('e2');
      h.server.session().typed = [];
      h.server.acknowledgesInput = true;
      await h.advance(2000);
      expect(recorder.unsent).toEqual(['rm -rf build\n']);
      expect(recorder.log).toContain('snapshot new-epoch');
      expect(h.server.session().text).toBe('');
      recorder.terminal.write('ls');
      h.server.session().print('new');
      h.server.flush();
      await h.advance(10);
      expect(h.server.session().text).toBe('ls');
      expect(recorder.output).toBe('screen@0new');
      expect(recorder.terminal.position()).toEqual({ epoch: 'e2', offset: 3 });
    });

    it('that may have been typed when the host was killed is reported once and not sent again', async () => {
      const recorder = await h.open();
      h.server.acknowledgesInput = false;
      recorder.terminal.write('abc');
      await h.advance(10);
      h.server.session().ambiguous = { from: 0, to: 3 };
      for (let i = 0; i < 2; i += 1) {
        h.server.peer.socket.end();
        await h.advance(2000);
      }
      expect(recorder.count('ambiguous 0-3')).toBe(1);
      expect(h.server.peer.inputs).toEqual([]);
      expect(recorder.unsent).toEqual([]);
    });

    it('under way to a server that has forgotten this writer is reported, not repeated', async () => {
      const recorder = await h.open();
      recorder.terminal.write('done');
      await h.advance(10);
      h.server.acknowledgesInput = false;
      recorder.terminal.write('maybe');
      await h.advance(10);
      h.server.session().writers.clear();
      h.server.session().typed = [];
      h.server.peer.socket.end();
      recorder.terminal.write('later');
      await h.advance(2000);
      expect(recorder.unsent).toEqual(['maybe']);
      expect(h.server.session().text).toBe('later');
    });

    it('of a viewer is refused here', async () => {
      const { terminal } = await h.open({ role: 'viewer' });
      expect(terminal.write('x')).toBe(false);
    });

    it('is handed back when the right to write is taken away', async () => {
      const recorder = await h.open();
      h.server.acknowledgesInput = false;
      recorder.terminal.write('abc');
      await h.advance(10);
      h.server.peer.error({ code: 'read_only', channel: 1 });
      await h.advance(10);
      expect(recorder.log).toContain('error read_only');
      expect(recorder.unsent).toEqual(['abc']);
      expect(recorder.terminal.write('x')).toBe(false);
    });
  });

  describe('exit', () => {
    it('comes after the last byte and ends the terminal', async () => {
      const recorder = await h.open();
      h.server.session().print('bye');
      h.server.session().exit = { exitCode: 3, signal: null };
      h.server.flush();
      await h.advance(10);
      expect(recorder.log).toEqual(['opened fresh', 'data', 'exit 3']);
      expect(recorder.terminal.state).toBe('exited');
      expect(recorder.terminal.write('x')).toBe(false);
      h.server.peer.socket.end();
      await h.advance(2000);
      expect(h.server.peers).toHaveLength(2);
      expect(h.server.peer.messages('open')).toEqual([]);
    });

    it('waits for bytes that have to be asked for again', async () => {
      const recorder = await h.open();
      h.server.session().print('last words');
      h.server.peer.send('exited', { channel: 1, exitCode: 0, signal: null, offset: 10 });
      h.server.session().exit = { exitCode: 0, signal: null };
      await h.advance(20);
      expect(recorder.output).toBe('last words');
      expect(recorder.log.slice(-2)).toEqual(['data', 'exit 0']);
      expect(recorder.count('exit 0')).toBe(1);
    });

    it('waits for a listener that has not come yet', async () => {
      const terminal = h.client.open({ projectId: 'p', cols: 80, rows: 24 });
      await h.advance(10);
      h.server.session().print('x');
      h.server.session().exit = { exitCode: 0, signal: null };
      h.server.flush();
      await h.advance(10);
      const seen: string[] = [];
      expect(terminal.state).toBe('open');
      terminal.onExit(() => seen.push('exit'));
      terminal.onData(() => seen.push('data'));
      await h.advance(0);
      expect(seen).toEqual(['data', 'exit']);
    });

    it('answers terminate, also one asked for without a connection', async () => {
      const recorder = await h.open();
      h.server.peer.socket.end();
      recorder.terminal.terminate('KILL');
      await h.advance(2000);
      expect(recorder.log.at(-1)).toBe('exit KILL');
    });
  });

  describe('controls', () => {
    it('never resizes by attaching, but sends a wanted size again when it differs', async () => {
      const { terminal } = await h.open();
      h.server.session().cols = 100;
      h.server.peer.socket.end();
      await h.advance(2000);
      expect(h.server.peer.messages('resize')).toEqual([]);
      expect(terminal.cols).toBe(100);
      terminal.resize(120, 40);
      await h.advance(10);
      expect([terminal.cols, terminal.rows]).toEqual([120, 40]);
      h.server.peer.socket.end();
      await h.advance(2000);
      expect(h.server.peer.messages('resize')).toEqual([]);
      h.server.session().rows = 30;
      h.server.peer.socket.end();
      await h.advance(5000);
      expect(h.server.peer.messages('resize')).toEqual([{ channel: 1, cols: 120, rows: 40 }]);
    });

    it('says again that it is hidden', async () => {
      const { terminal } = await h.open();
      terminal.setVisible(false);
      h.server.peer.socket.end();
      await h.advance(2000);
      expect(h.server.peer.messages('visibility')).toEqual([{ channel: 1, visible: false }]);
      terminal.setVisible(true);
      h.server.peer.socket.end();
      await h.advance(2000);
      expect(h.server.peer.messages('visibility')).toEqual([]);
    });

    it('does not queue a signal for later', async () => {
      const recorder = await h.open();
      recorder.terminal.signal('INT');
      await h.advance(5);
      expect(h.server.peer.messages('signal')).toEqual([{ channel: 1, signal: 'INT' }]);
      h.server.peer.socket.end();
      recorder.terminal.signal('INT');
      expect(recorder.log).toContain('error not_connected');
    });

    it('passes on titles, directories, commands and activity', async () => {
      const { terminal } = await h.open();
      const seen: unknown[] = [];
      for (const event of ['title', 'cwd', 'command', 'activity'] as const) terminal.on(event, (p) => seen.push(p));
      h.server.peer.send('title', { channel: 1, title: 'vim' });
      h.server.peer.send('cwd', { channel: 1, cwd: '/tmp' });
      h.server.peer.send('command', { channel: 1, state: 'finished', exitCode: 1 });
      h.server.peer.send('activity', { channel: 1, state: 'bell', unreadBytes: 7 });
      await h.advance(5);
      expect(seen).toEqual(['vim', '/tmp', { state: 'finished', exitCode: 1 }, { state: 'bell', unreadBytes: 7 }]);
      expect(terminal.title).toBe('vim');
    });
  });

  describe('detach', () => {
    it('leaves the process running and resolves when the server confirmed', async () => {
      const recorder = await h.open();
      recorder.terminal.write('last');
      const done = recorder.terminal.detach();
      await h.advance(10);
      await done;
      expect(recorder.log.at(-1)).toBe('closed detached');
      expect(recorder.terminal.state).toBe('closed');
      expect(h.server.session().text).toBe('last');
      expect(recorder.unsent).toEqual([]);
    });

    it('does not wait for a server that is gone, and reports what may not have arrived', async () => {
      const recorder = await h.open();
      h.server.peer.socket.end();
      recorder.terminal.write('lost');
      await recorder.terminal.detach();
      expect(recorder.unsent).toEqual(['lost']);
    });

    it('goes without confirmation after a second', async () => {
      const recorder = await h.open();
      h.server.peer.socket.frozen = true;
      const done = recorder.terminal.detach();
      await h.advance(1000);
      await done;
      expect(recorder.terminal.state).toBe('closed');
    });
  });
});
