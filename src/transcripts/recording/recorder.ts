import os from 'node:os';
import { ClipboardFilter, ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../../kernel/domain-error';
import type { ExitStatus, SizeMark } from '../../pty-host/wire/host-messages';
import type { TranscriptDetails, TranscriptHost } from '../transcript-host';
import type { CastEvent, CastFormat } from './asciicast';
import { runsOf, type Run } from './time-line';

/** Held in memory at any time, about six times as much as JSON. */
const PIECE_BYTES = 64 * 1024;
/** What shells of ours are told their terminal is. */
const TERMINAL = 'xterm-256color';
const SIGNAL_STATUS = 128;

export interface RecordingRange {
  readonly from?: number;
  readonly to?: number;
}

export interface RecordingOptions {
  readonly title?: string;
  /** Longer pauses are shortened to this. */
  readonly maxIdleMs?: number;
}

/**
 * A range of a transcript as lines of an asciicast, made while they are read: memory does not depend on the length. It ends
 * where the output ended when it was begun. Played in a terminal, it does not touch the clipboard.
 */
export class Recorder {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private readonly clipboard = new ClipboardFilter();
  private readonly from: number;
  private readonly to: number;
  /** Since the start of the recording, pauses shortened. */
  private elapsedMs = 0;
  private lastMs = 0;
  private nextSize = 0;

  constructor(
    private readonly host: TranscriptHost,
    private readonly transcript: TranscriptDetails,
    private readonly format: CastFormat,
    range: RecordingRange,
    private readonly options: RecordingOptions,
  ) {
    const { start, end } = transcript;
    this.from = Math.min(Math.max(range.from ?? start, start), end);
    this.to = Math.max(this.from, Math.min(range.to ?? end, end));
  }

  async *lines(): AsyncGenerator<string> {
    yield await this.header();
    for (let at = this.from; at < this.to;) {
      const { key, epoch } = this.transcript;
      const bytes = await this.host.read(key, epoch, at, Math.min(PIECE_BYTES, this.to - at));
      if (bytes.length === 0) throw noLongerHeld(at);
      for await (const run of runsOf(this.host, this.transcript, at, at + bytes.length)) {
        yield* this.play(run, bytes.subarray(run.from - at, run.to - at));
      }
      at += bytes.length;
    }
    yield* this.finish();
  }

  private async header(): Promise<string> {
    const { key, epoch, createdAt, sizes } = this.transcript;
    const { marks } = await this.host.times(key, epoch, this.from, this.to);
    this.lastMs = marks[0]?.[1] ?? createdAt;
    this.nextSize = sizes.findLastIndex(({ offset }) => offset <= this.from) + 1;
    const { cols, rows } = sizes[Math.max(0, this.nextSize - 1)] ?? { cols: 80, rows: 24 };
    return this.format.header({ cols, rows, terminal: TERMINAL, startedAt: this.lastMs, title: this.options.title });
  }

  /** Output of one time, cut where the terminal was resized. */
  private *play(run: Run, bytes: Uint8Array): Generator<string> {
    this.passTime(run.ms);
    let done = 0;
    for (let size = this.sizeBefore(run.to); size; size = this.sizeBefore(run.to)) {
      const cut = size.offset - run.from;
      yield* this.output(bytes.subarray(done, cut));
      yield this.event({ kind: 'resize', ms: this.elapsedMs, cols: size.cols, rows: size.rows });
      done = Math.max(done, cut);
    }
    yield* this.output(bytes.subarray(done));
  }

  private *finish(): Generator<string> {
    yield* this.text(this.decoder.decode());
    const { end, exit } = this.transcript;
    for (let size = this.sizeBefore(this.to + 1); size; size = this.sizeBefore(this.to + 1)) {
      yield this.event({ kind: 'resize', ms: this.elapsedMs, cols: size.cols, rows: size.rows });
    }
    const status = this.to === end && exit ? statusOf(exit) : undefined;
    if (status !== undefined) yield this.event({ kind: 'exit', ms: this.elapsedMs, status });
  }

  /** The next resize at an offset below `end`. */
  private sizeBefore(end: number): SizeMark | undefined {
    const size = this.transcript.sizes[this.nextSize];
    if (!size || size.offset >= end) return undefined;
    this.nextSize++;
    return size;
  }

  /** A character that is cut here comes with the next output. */
  private *output(bytes: Uint8Array): Generator<string> {
    if (bytes.length > 0) yield* this.text(this.decoder.decode(this.clipboard.pass(bytes), { stream: true }));
  }

  private *text(text: string): Generator<string> {
    if (text !== '') yield this.event({ kind: 'output', ms: this.elapsedMs, text });
  }

  private event(event: CastEvent): string {
    return this.format.event(event);
  }

  private passTime(ms: number | undefined): void {
    if (ms === undefined || ms <= this.lastMs) return;
    this.elapsedMs += Math.min(ms - this.lastMs, this.options.maxIdleMs ?? Infinity);
    this.lastMs = ms;
  }
}

function statusOf({ exitCode, signal }: ExitStatus): number | undefined {
  if (exitCode !== null) return exitCode;
  const number = signal === null ? undefined : os.constants.signals[`SIG${signal}` as NodeJS.Signals];
  return number === undefined ? undefined : SIGNAL_STATUS + number;
}

function noLongerHeld(offset: number): DomainError {
  return new DomainError(
    ErrorCode.notFound,
    `The transcript no longer holds byte ${offset}: the oldest output was dropped meanwhile. Ask again.`,
    { retryable: true },
  );
}
