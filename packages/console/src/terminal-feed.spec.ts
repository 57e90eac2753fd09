import type { Terminal, TerminalEvents } from '@holdfast/client';
import { Terminal as Xterm } from '@xterm/xterm';
import { TerminalFeed } from './terminal-feed';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

class FakeTerminal implements Pick<Terminal, 'on'> {
  private readonly listeners = new Map<string, (payload: never) => void>();

  on<K extends keyof TerminalEvents>(event: K, listener: (payload: TerminalEvents[K]) => void): { dispose(): void } {
    this.listeners.set(event, listener);
    return { dispose: () => this.listeners.delete(event) };
  }

  emit<K extends keyof TerminalEvents>(event: K, payload: TerminalEvents[K]): void {
    (this.listeners.get(event) as ((payload: TerminalEvents[K]) => void) | undefined)?.(payload);
  }
}

class Viewer {
  readonly terminal = new FakeTerminal();
  readonly xterm = new Xterm({ cols: 40, rows: 10, allowProposedApi: true });
  readonly acked: string[] = [];
  readonly feed = new TerminalFeed(this.xterm, this.terminal, () => undefined);

  output(bytes: Uint8Array, name = ''): void {
    this.terminal.emit('data', { bytes, offset: 0, ack: () => this.acked.push(name) });
  }

  snapshot(text: string): void {
    const ack = () => this.acked.push('snapshot');
    this.terminal.emit('snapshot', { bytes: encode(text), offset: 0, resume: 'snapshot', ack });
  }

  /** What is on the screen once everything so far has been parsed. */
  async screen(): Promise<string> {
    await new Promise<void>((resolve) => this.xterm.write('', resolve));
    const { active } = this.xterm.buffer;
    const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd();
  }
}

describe('a session shown in an emulator', () => {
  const TEXT = 'a—b “quoted” 漢字 🎉 ü';

  it('shows every character wherever the network cut it', async () => {
    const bytes = encode(TEXT);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const viewer = new Viewer();
      viewer.output(bytes.subarray(0, cut));
      viewer.output(bytes.subarray(cut));
      expect(await viewer.screen()).toBe(TEXT);
    }
  });

  it('acknowledges every piece once and in order, also one that is only part of a character', async () => {
    const viewer = new Viewer();
    [...encode('—x')].forEach((byte, index) => viewer.output(Uint8Array.of(byte), `piece ${index}`));
    expect(viewer.acked).toEqual([]);
    expect(await viewer.screen()).toBe('—x');
    expect(viewer.acked).toEqual(['piece 0', 'piece 1', 'piece 2', 'piece 3']);
  });

  it('does not join what a snapshot replaced with what follows it', async () => {
    const viewer = new Viewer();
    viewer.output(encode('—').subarray(0, 2), 'cut');
    viewer.snapshot('drawn ');
    expect(viewer.feed.isReplaying).toBe(true);
    viewer.output(encode('“on”'), 'on');
    expect(await viewer.screen()).toBe('drawn “on”');
    expect(viewer.feed.isReplaying).toBe(false);
    expect(viewer.acked).toEqual(['cut', 'snapshot', 'on']);
  });

  it.each(['before a snapshot', 'after a snapshot'])('survives hostile output %s', async (when) => {
    const viewer = new Viewer();
    if (when === 'after a snapshot') viewer.snapshot('drawn');
    viewer.output(encode('\x1b[2147483647S\x1b[2147483647b\x1b[?1049h\x1b[999;999H\x1b[1J'));
    viewer.output(encode('\x1b[?1049l\x1b[2J\x1b[Halive'));
    expect(await viewer.screen()).toContain('alive');
  });

  it('leaves out what one piece cannot afford and draws the next one whole', async () => {
    const viewer = new Viewer();
    viewer.output(encode('\x1b[2J'.repeat(300_000)));
    viewer.output(encode('gone\x1b[2J\x1b[Hwhole'));
    expect(await viewer.screen()).toBe('whole');
  });
});
