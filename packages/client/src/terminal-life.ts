import type { Opened } from '@holdfast/protocol';
import type { Attachment } from './attachment';
import type { Attachments } from './attachments';
import { Deferred } from './deferred';
import { Departure } from './departure';
import type { Emitter } from './emitter';
import { HoldfastError } from './holdfast-error';
import type { InputPump } from './input-pump';
import type { OutputStream } from './output-stream';
import type { TerminalEvents, Timers } from './types';

/** What comes to its end with the terminal. */
export interface MortalTerminal {
  readonly timers: Timers;
  readonly events: Emitter<TerminalEvents>;
  readonly attachments: Attachments;
  readonly input: InputPump;
  readonly output: OutputStream;
}

/** Only forward, and never from one of the last two. */
type Stage =
  | { readonly name: 'running' }
  | { readonly name: 'leaving'; readonly departure: Departure }
  | { readonly name: 'exited' }
  | { readonly name: 'closed' };

/** How a terminal ends: its process exits, the application leaves, or the server or the client closes it. */
export class TerminalLife {
  readonly ready = new Deferred<Opened>();
  private stage: Stage = { name: 'running' };

  constructor(
    private readonly terminal: MortalTerminal,
    private readonly onOver: () => void,
  ) {}

  get running(): boolean {
    return this.stage.name === 'running';
  }

  get leaving(): boolean {
    return this.stage.name === 'leaving';
  }

  get over(): 'exited' | 'closed' | undefined {
    return this.stage.name === 'exited' || this.stage.name === 'closed' ? this.stage.name : undefined;
  }

  leave(): Promise<void> {
    if (this.stage.name === 'leaving') return this.stage.departure.done;
    if (this.stage.name !== 'running') return Promise.resolve();
    const { attachments, input, timers } = this.terminal;
    input.pump();
    const departure = new Departure(timers, (confirmed) => this.onGone(confirmed));
    this.stage = { name: 'leaving', departure };
    if (attachments.size === 0) departure.finish(false);
    else attachments.leave();
    return departure.done;
  }

  /** One place less to leave. `confirmed` by the server; otherwise the socket is gone. */
  left(attachment: Attachment, confirmed: boolean): void {
    const { attachments } = this.terminal;
    attachments.remove(attachment);
    if (this.stage.name === 'leaving' && attachments.size === 0) this.stage.departure.finish(confirmed);
  }

  /** The exit ends the terminal once the application has all the output before it. */
  considerExit(): void {
    const exit = this.terminal.output.reachedExit;
    if (exit === undefined || !this.running) return;
    const { exitCode, signal, reason } = exit;
    const { stream } = this.terminal.input;
    // What was sent may well have been what ended the process, unless that was lost: then nobody knows whether it was typed.
    const isLost = reason === 'host-lost' || reason === 'hibernated';
    this.end('exited', isLost ? stream.drain() : stream.drainNeverSent());
    this.terminal.events.emit('exit', { exitCode, signal, ...(reason && { reason }) });
  }

  /** The client is over. */
  shutdown(code: string, message: string): void {
    if (this.stage.name === 'leaving') this.stage.departure.finish(false);
    else if (this.stage.name === 'running') this.close(code, message);
  }

  close(code: string, message: string): void {
    this.end('closed', this.terminal.input.stream.drain());
    this.reportClosed(code, message);
  }

  private onGone(confirmed: boolean): void {
    const { stream } = this.terminal.input;
    this.end('closed', confirmed ? stream.drainNeverSent() : stream.drain());
    this.reportClosed('detached', 'The terminal was left; its process runs on.');
  }

  private end(how: 'exited' | 'closed', unsent: Uint8Array): void {
    this.stage = { name: how };
    const { attachments, input, output } = this.terminal;
    attachments.clear();
    output.dispose();
    input.dispose();
    this.onOver();
    input.reportUnsent(unsent);
  }

  private reportClosed(code: string, message: string): void {
    this.ready.reject(new HoldfastError(code, message));
    this.terminal.events.emit('closed', { code, message });
  }
}
