import { createClient } from '../create-client';
import type { Client, ClientOptions, ConnectionState, OpenOptions, Terminal } from '../types';
import { FakeServer } from './fake-server';
import { ManualTimers } from './manual-timers';

const OPEN: OpenOptions = { projectId: 'p1', cols: 80, rows: 24 };

/** A client with its fake server and its clock. */
export class Harness {
  readonly timers = new ManualTimers();
  readonly server = new FakeServer(this.timers);
  readonly states: ConnectionState[] = [];
  readonly client: Client;

  constructor(options: Partial<ClientOptions> = {}) {
    this.client = createClient({
      url: 'ws://host/ws/terminal',
      credentials: { token: () => Promise.resolve('t0ken') },
      createWebSocket: this.server.createWebSocket,
      timers: this.timers,
      ...options,
    });
    this.client.on('state', (state) => this.states.push(state));
  }

  advance(ms: number): Promise<void> {
    return this.timers.advance(ms);
  }

  async open(options: Partial<OpenOptions> = {}): Promise<Recorder> {
    const recorder = new Recorder(this.client.open({ ...OPEN, ...options }));
    await this.advance(10);
    return recorder;
  }
}

/** Writes down everything that a terminal says, in order. */
export class Recorder {
  /** The stream as an emulator would have it; a snapshot starts it anew. */
  output = '';
  readonly log: string[] = [];
  readonly unsent: string[] = [];
  readonly acks: (() => void)[] = [];
  holdAcks = false;

  constructor(readonly terminal: Terminal) {
    terminal.on('opened', (opened) => this.log.push(`opened ${opened.resume}`));
    terminal.on('data', ({ bytes, ack }) => {
      this.output += new TextDecoder().decode(bytes);
      this.log.push('data');
      this.parsed(ack);
    });
    terminal.on('snapshot', ({ bytes, resume, ack }) => {
      this.output = new TextDecoder().decode(bytes);
      this.log.push(`snapshot ${resume}`);
      this.parsed(ack);
    });
    terminal.on('exit', ({ exitCode, signal }) => this.log.push(`exit ${exitCode ?? signal}`));
    terminal.on('unsent', (bytes) => this.unsent.push(new TextDecoder().decode(bytes)));
    terminal.on('ambiguous', ({ from, to }) => this.log.push(`ambiguous ${from}-${to}`));
    terminal.on('error', ({ code }) => this.log.push(`error ${code}`));
    terminal.on('closed', ({ code }) => this.log.push(`closed ${code}`));
    terminal.on('resized', ({ cols, rows, own }) => this.log.push(`resized ${cols}x${rows}${own ? ' own' : ''}`));
  }

  count(entry: string): number {
    return this.log.filter((line) => line === entry).length;
  }

  private parsed(ack: () => void): void {
    if (this.holdAcks) this.acks.push(ack);
    else ack();
  }
}
