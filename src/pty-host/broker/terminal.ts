import type { ByteRange, SignalName } from '@holdfast/protocol';
import os from 'node:os';
import type { RawExit } from '../keeper/keeper-messages';
import { foregroundProcessGroup } from '../native/libc';
import { resizePty } from '../native/pty';
import { endProcesses } from '../processes/kill-ladder';
import { leaderRuns, nowInTicks, type Leader } from '../processes/process-tree';
import type { AttachmentEvents, ExitStatus, HostSession, HostWideEvents, SizeMark } from '../wire/host-messages';
import { MAX_OUTPUT_PAYLOAD, PREFIX_BYTES } from '../wire/host-frames';
import { Attachment, SILENT_WRITER_MS, type AttachmentOptions, type FrameSink } from './attachment';
import { HostRefusalError } from './host-refusal-error';
import { InputLedger, MAX_WRITERS, type WriterInput } from './input-ledger';
import { InputQueue } from './input-queue';
import { isDiskRefusal } from './disk-refusal';
import { PtyReader } from './pty-reader';
import type { SessionFiles, SessionRecord } from './session-files';
import { SignalScanner, type TerminalSignal } from './signal-scanner';
import { Transcript } from './transcript';
import { typing } from './typing';

/** Titles are found again after a restart by scanning this much of the newest output. */
const TITLE_SCAN_BYTES = 64 * 1024;
const FLUSH_RETRY_MS = 200;
/** The PTY is read again when the controlling writer is less than this share of its window behind. */
const RESUME_SHARE = 3 / 4;
const QUERY_REPORT_MS = 250;
/** Timers may fire a little early; the writer must have been silent for long enough by then. */
const TIMER_SLACK_MS = 10;

/** No process has this number. */
const NOBODY = -1;

export interface TerminalContext {
  readonly now: () => number;
  readonly monotonic: () => number;
  broadcast<K extends keyof HostWideEvents>(event: K, data: HostWideEvents[K]): void;
  /** The keeper may close its copy of the master. */
  release(sessionId: string): void;
}

/** The live side of a terminal: gone once the process ended and everything was read. */
interface Live {
  readonly fd: number;
  readonly reader: PtyReader;
  readonly input: InputQueue;
}

/**
 * One session in the PTY host, from its process to its attachments. It moves forward only: live, ending (the process was
 * reaped, output is drained), ended. An ended one is a transcript that can still be attached to.
 */
export class Terminal {
  readonly attachments = new Set<Attachment>();
  private readonly transcript: Transcript;
  private readonly ledger: InputLedger;
  private readonly scanner = new SignalScanner((signal) => this.onSignal(signal));
  private readonly sizes: SizeMark[];
  private live: Live | undefined;
  private exit: ExitStatus | undefined;
  private endedAtTicks: number | undefined;
  private cols: number;
  private rows: number;
  private owner: string | null = null;
  private title = '';
  private cwd = '';
  private serials = 0;
  private lastOutputAt: number;
  private silenceTimer: NodeJS.Timeout | undefined;
  private flushTimer: NodeJS.Timeout | undefined;
  /** Queries in output after this position may be answered by the server; `null` while a writer's emulator does it. */
  private answerFrom: number | null = 0;
  private queryReportedAt = Number.NEGATIVE_INFINITY;
  private queryTimer: NodeJS.Timeout | undefined;
  /** Something of `record` or `sizes` that a full disk did not take yet. */
  private unsaved = { record: false, sizes: false };

  constructor(
    private record: SessionRecord,
    private readonly files: SessionFiles,
    private readonly context: TerminalContext,
  ) {
    this.transcript = new Transcript(files.directory, record.transcriptBytes);
    this.ledger = new InputLedger(files.inputFile);
    this.sizes = files.readSizes();
    this.exit = record.exit;
    const last = this.sizes.at(-1);
    this.cols = last?.cols ?? record.cols;
    this.rows = last?.rows ?? record.rows;
    this.lastOutputAt = record.createdAt;
    this.answerFrom = this.transcript.end;
    this.findTitle();
    if (this.exit) this.closeFiles();
  }

  get sessionId(): string {
    return this.record.sessionId;
  }

  get ended(): boolean {
    return this.exit !== undefined;
  }

  /** Its PTY is in our hands. */
  get isLive(): boolean {
    return this.live !== undefined;
  }

  /** False when the host died before the process was started, as far as we know. */
  get wasStarted(): boolean {
    return this.record.pid !== undefined;
  }

  /** Takes over the PTY master of the running process. */
  adopt(fd: number, pid: number, exit: RawExit | null): void {
    if (this.record.pid !== pid) this.save({ pid });
    const input = new InputQueue(fd, this.ledger, (writer) => this.acknowledgeInput(writer));
    const reader = new PtyReader(fd, {
      onOutput: (frame, length) => this.onOutput(frame, length),
      limit: () => this.readLimit(),
      onEnd: () => input.close(),
    });
    this.live = { fd, reader, input };
    if (exit) this.onProcessExit(exit);
    else if (this.record.terminating) this.endProcesses();
  }

  /** The process was reaped. Everything it wrote is in the PTY now: drain it, then it is over. */
  onProcessExit(raw: RawExit): void {
    if (!this.live || this.exit) return;
    this.endedAtTicks = nowInTicks();
    this.live.reader.drain();
    this.finish({
      exitCode: raw.signal ? null : raw.exitCode,
      signal: raw.signal ? signalName(raw.signal) : null,
      reason: this.record.terminating ? 'terminated' : 'exited',
    });
    // What the shell left behind ends with the session.
    this.endProcesses();
  }

  /** Without a keeper nobody says that the process ended, nor how: looks by itself. */
  checkProcess(): void {
    if (!this.live || this.exit || leaderRuns(this.record.pid ?? -1)) return;
    this.endedAtTicks = nowInTicks();
    this.live.reader.drain();
    this.finish({ exitCode: null, signal: null, reason: this.record.terminating ? 'terminated' : 'exited' });
    this.endProcesses();
  }

  /** The keeper that held this terminal is gone, and its processes with it. */
  markLost(): void {
    this.finish({ exitCode: null, signal: null, reason: 'host-lost' });
  }

  /** Ends what is left of it: members of its process group if it still runs, and whatever carries its mark. */
  endProcesses(first?: NodeJS.Signals): void {
    void endProcesses(this.sessionId, () => this.leader(), first);
  }

  describe(): HostSession {
    return {
      sessionId: this.sessionId,
      epoch: this.record.epoch,
      incarnation: this.record.incarnation,
      pid: this.record.pid ?? 0,
      cols: this.cols,
      rows: this.rows,
      title: this.title,
      cwd: this.cwd,
      start: this.transcript.start,
      end: this.transcript.end,
      attachments: this.attachments.size,
      sizeOwner: this.attachedOwner,
      createdAt: this.record.createdAt,
      lastOutputAt: this.lastOutputAt,
      exit: this.exit ?? null,
    };
  }

  info(): { session: HostSession; sizes: readonly SizeMark[]; answerFrom: number | null } {
    return { session: this.describe(), sizes: this.sizes, answerFrom: this.answerFrom };
  }

  read(from: number, max: number): Buffer {
    const bytes = this.transcript.read(from, max);
    this.closeFilesWhenIdle();
    return bytes;
  }

  // --- attachments ---------------------------------------------------------------------------------------------------

  attach(
    wish: AttachmentOptions,
    sink: FrameSink,
    wanted: { readonly epoch?: string; readonly offset?: number },
  ): { attachment: Attachment; inputOffset: number; ambiguous?: ByteRange } {
    const options = { ...wish, writerId: wish.writerId.toLowerCase() };
    const from = this.startingPoint(options, wanted);
    const writer = this.claimWriter(options);
    const attachment = new Attachment(options, sink, this.transcript, from, ++this.serials, this.context.monotonic);
    this.attachments.add(attachment);
    // The one who made the terminal owns its size; later ones have to type first.
    if (this.serials === 1 && attachment.isWriter) this.owner = options.writerId;
    this.noteAttention();
    return { attachment, inputOffset: writer?.received ?? 0, ambiguous: writer?.ambiguous };
  }

  /** Only who may type has a place in the ledger. */
  private claimWriter({ role, writerId }: AttachmentOptions): WriterInput | undefined {
    if (role === 'viewer' || this.exit) return this.ledger.get(writerId);
    const writer = this.ledger.claim(writerId, (id) => this.isAttached(id));
    if (writer) return writer;
    throw new HostRefusalError(
      'session_limit',
      `${MAX_WRITERS} writers are attached to this terminal, which is the limit.`,
    );
  }

  /** Output flows from here on; called once the answer to `attach` or `start` is on its way. */
  flow(attachment: Attachment): void {
    this.noteAttention();
    attachment.catchUp();
    this.tellExit(attachment);
    this.adjustReading();
  }

  detach(attachment: Attachment): void {
    this.attachments.delete(attachment);
    if (attachment.writerId === this.owner && this.attachedOwner === null) this.tellSize(this.attachments);
    this.noteAttention();
    this.adjustReading();
    this.closeFilesWhenIdle();
  }

  start(attachment: Attachment, from: number): void {
    attachment.start(Math.min(Math.max(from, this.transcript.start), this.transcript.end));
    this.flow(attachment);
  }

  acknowledge(attachment: Attachment, offset: number): void {
    attachment.acknowledge(offset);
    this.flow(attachment);
  }

  setVisible(attachment: Attachment, visible: boolean): void {
    attachment.visible = visible;
    this.flow(attachment);
  }

  // --- input ---------------------------------------------------------------------------------------------------------

  input(attachment: Attachment, offset: number, bytes: Uint8Array): void {
    const writer = this.ledger.get(attachment.writerId);
    const refuse = (code: AttachmentEvents['input-refused']['code']): void =>
      attachment.sink.event(attachment.channel, 'input-refused', { code, inputOffset: writer?.received ?? 0 });
    if (!attachment.isWriter) return refuse('read_only');
    if (!this.live || !writer || this.exit) return refuse('session_ended');
    if (this.newestOf(attachment.writerId) !== attachment) return refuse('taken_over');
    if (offset > writer.received) return refuse('input_gap');
    const duplicate = writer.received - offset;
    // Already written, but the acknowledgement may have been lost with an earlier connection.
    if (duplicate >= bytes.length) return this.acknowledgeInput(writer);
    const fresh = bytes.subarray(duplicate);
    if (!this.live.input.hasRoomFor(fresh.length)) return refuse('input_overflow');
    this.ledger.touch(writer);
    typing.note(this.context.monotonic());
    writer.received += fresh.length;
    writer.ambiguous = undefined;
    this.takeSize(attachment);
    this.live.input.push(fresh, writer);
  }

  /** Input without an attachment. Returns false when there is no room or no process. */
  type(bytes: Uint8Array, onDone?: (written: boolean) => void): boolean {
    if (!this.live || this.exit || !this.live.input.hasRoomFor(bytes.length)) return false;
    this.live.input.push(bytes, undefined, onDone);
    return true;
  }

  /** The server's answer to a query in output that ended at `queryEnd`; each query is answered at most once. */
  answerQuery(queryEnd: number, bytes: Uint8Array): boolean {
    if (this.answerFrom === null || queryEnd <= this.answerFrom) return false;
    this.answerFrom = queryEnd;
    return this.type(bytes);
  }

  // --- size, signals, end ----------------------------------------------------------------------------------------------

  resize(attachment: Attachment, cols: number, rows: number): void {
    attachment.options.cols = cols;
    attachment.options.rows = rows;
    const free = this.owner === null || this.owner === attachment.writerId;
    if (attachment.isWriter && attachment.visible && free) {
      this.owner = attachment.writerId;
      this.applySize(cols, rows);
    } else {
      this.tellSize([attachment]);
    }
  }

  applySize(cols: number, rows: number): void {
    if (this.live?.reader.isOpen && (cols !== this.cols || rows !== this.rows)) {
      // What was written at the old size is read first, so that the offset divides the two exactly.
      if (!this.transcript.full) this.live.reader.drain();
      resizePty(this.live.fd, cols, rows);
      this.cols = cols;
      this.rows = rows;
      this.addSize({ offset: this.transcript.end, cols, rows });
    }
    this.tellSize(this.attachments);
  }

  signal(name: SignalName): void {
    if (!this.live || this.exit) return;
    const { reader, fd } = this.live;
    const group = (reader.isOpen && foregroundProcessGroup(fd)) || this.record.pid;
    if (!group) return;
    try {
      process.kill(-group, `SIG${name}`);
    } catch {
      // The foreground job ended meanwhile.
    }
  }

  terminate(signal?: SignalName): void {
    if (this.exit) return;
    if (this.record.terminating && !signal) return;
    this.save({ terminating: true });
    this.endProcesses(signal ? `SIG${signal}` : undefined);
  }

  /** Stops using descriptors and timers; what is on disk stays. */
  close(): void {
    clearTimeout(this.silenceTimer);
    clearTimeout(this.flushTimer);
    clearTimeout(this.queryTimer);
    this.live?.input.close();
    this.live?.reader.close();
    this.live = undefined;
    this.transcript.flush();
    this.closeFiles();
  }

  private closeFiles(): void {
    this.transcript.close();
    this.ledger.close();
  }

  remove(): void {
    this.close();
    this.transcript.forget();
    this.attachments.clear();
    this.files.remove();
  }

  private closeFilesWhenIdle(): void {
    if (this.exit && this.attachments.size === 0 && !this.transcript.hasUnwritten) this.closeFiles();
  }

  /** Waiting input or output that only this process has. */
  get busy(): boolean {
    return (this.live !== undefined && !this.live.input.empty) || this.transcript.hasUnwritten || this.unsaved.record;
  }

  /** Takes nothing more out of the PTY: the successor does. */
  stopReading(): void {
    this.live?.reader.pause();
  }

  /** Every 250 ms: what happened on channels that are attached but hidden. */
  reportActivity(): void {
    for (const attachment of this.attachments) {
      if (attachment.visible) continue;
      const unreadBytes = this.transcript.end - attachment.sender.next;
      const { channel, sink } = attachment;
      if (attachment.bellSinceReport) sink.event(channel, 'activity', { state: 'bell', unreadBytes });
      else if (attachment.outputSinceReport) sink.event(channel, 'activity', { state: 'output', unreadBytes });
      else if (attachment.reportedOutput) sink.event(channel, 'activity', { state: 'idle', unreadBytes });
      attachment.reportedOutput = attachment.outputSinceReport || attachment.bellSinceReport;
      attachment.outputSinceReport = attachment.bellSinceReport = false;
    }
  }

  // --- output ----------------------------------------------------------------------------------------------------------

  private onOutput(frame: Buffer, length: number): boolean {
    const offset = this.transcript.end;
    this.transcript.append(frame, PREFIX_BYTES, length);
    this.lastOutputAt = this.context.now();
    const bytes = frame.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
    this.scanner.push(bytes);
    if (this.answerFrom !== null) this.watchForQueries(bytes);
    let inUse = false;
    for (const attachment of this.attachments) {
      if (attachment.visible)
        inUse = attachment.offer(frame, offset, length, !inUse && this.attachments.size === 1) || inUse;
      else attachment.outputSinceReport = true;
    }
    if (this.attachments.size > 1 || !inUse) this.catchUpAll();
    if (this.transcript.hasUnwritten) this.scheduleFlush();
    this.adjustReading();
    return inUse;
  }

  private catchUpAll(): void {
    for (const attachment of this.attachments) attachment.catchUp();
  }

  private readLimit(): number {
    if (typing.recently(this.context.monotonic())) return 1;
    const controller = this.controller();
    return controller ? Math.max(1, controller.window - controller.behind) : MAX_OUTPUT_PAYLOAD;
  }

  /** Pauses the PTY while the controlling writer is a window behind, or while neither disk nor memory takes more. */
  private adjustReading(): void {
    const reader = this.live?.reader;
    if (!reader) return;
    for (const attachment of this.attachments) attachment.noteProgress();
    const controller = this.controller();
    const share = reader.isPaused ? RESUME_SHARE : 1;
    const behind = controller !== undefined && controller.behind >= controller.window * share;
    if (behind || this.transcript.full) reader.pause();
    else reader.resume();
    if (behind && !this.silenceTimer) {
      this.silenceTimer = setTimeout(() => {
        this.silenceTimer = undefined;
        this.adjustReading();
      }, SILENT_WRITER_MS + TIMER_SLACK_MS);
    }
  }

  /** The writer that may hold the PTY back: the size owner, else the newest; only while it reads. */
  private controller(): Attachment | undefined {
    let best: Attachment | undefined;
    for (const attachment of this.attachments) {
      if (!attachment.attentive || attachment.silent) continue;
      if (!best || this.rank(attachment) > this.rank(best)) best = attachment;
    }
    return best;
  }

  private rank(attachment: Attachment): number {
    return (attachment.writerId === this.owner ? Number.MAX_SAFE_INTEGER / 2 : 0) + attachment.serial;
  }

  /** Tries again what a full disk refused. */
  private scheduleFlush(): void {
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      if (!this.transcript.flush()) this.scheduleFlush();
      this.writeUnsaved();
      this.catchUpAll();
      this.adjustReading();
      this.closeFilesWhenIdle();
    }, FLUSH_RETRY_MS);
  }

  private onSignal(signal: TerminalSignal): void {
    switch (signal.kind) {
      case 'bell':
        for (const attachment of this.attachments) if (!attachment.visible) attachment.bellSinceReport = true;
        return;
      case 'title':
        if (signal.title === this.title) return;
        this.title = signal.title;
        for (const { sink, channel } of this.attachments) sink.event(channel, 'title', { title: this.title });
        this.context.broadcast('session-title', { sessionId: this.sessionId, title: this.title });
        return;
      case 'cwd':
        if (signal.cwd === this.cwd) return;
        this.cwd = signal.cwd;
        for (const { sink, channel } of this.attachments) sink.event(channel, 'cwd', { cwd: this.cwd });
        return;
      case 'command': {
        const { kind: _, ...mark } = signal;
        for (const { sink, channel } of this.attachments) sink.event(channel, 'command', mark);
      }
    }
  }

  // --- who answers queries -----------------------------------------------------------------------------------------------

  /** While a writer's emulator sees the output it answers queries; otherwise the server does, from here on. */
  private noteAttention(): void {
    const attended = [...this.attachments].some((attachment) => attachment.attentive);
    if (attended) this.answerFrom = null;
    else this.answerFrom ??= this.transcript.end;
  }

  private watchForQueries(bytes: Buffer): void {
    const now = this.context.monotonic();
    if (!this.scanner.findQuery(bytes)) return;
    const wait = this.queryReportedAt + QUERY_REPORT_MS - now;
    if (wait <= 0) this.reportQuery();
    else this.queryTimer ??= setTimeout(() => this.reportQuery(), wait);
  }

  private reportQuery(): void {
    this.queryTimer = undefined;
    this.queryReportedAt = this.context.monotonic();
    this.context.broadcast('unattended-query', { sessionId: this.sessionId });
  }

  // --- helpers -----------------------------------------------------------------------------------------------------------

  private startingPoint(options: AttachmentOptions, wanted: { epoch?: string; offset?: number }): number | undefined {
    const { start, end } = this.transcript;
    if (wanted.epoch !== this.record.epoch || wanted.offset === undefined) return undefined;
    const held = wanted.offset >= start && wanted.offset <= end && end - wanted.offset <= options.replayBytes;
    return held ? wanted.offset : undefined;
  }

  private newestOf(writerId: string): Attachment | undefined {
    let newest: Attachment | undefined;
    for (const attachment of this.attachments) {
      if (attachment.writerId === writerId && (!newest || attachment.serial > newest.serial)) newest = attachment;
    }
    return newest;
  }

  private isAttached(writerId: string): boolean {
    return this.newestOf(writerId) !== undefined;
  }

  private acknowledgeInput(writer: WriterInput): void {
    const attachment = this.newestOf(writer.writerId);
    attachment?.sink.acknowledgeInput(attachment.channel, writer.written);
  }

  /** The size belongs to whoever typed last. */
  private takeSize(attachment: Attachment): void {
    if (this.owner === attachment.writerId || !attachment.visible) return;
    this.owner = attachment.writerId;
    const { cols = this.cols, rows = this.rows } = attachment.options;
    this.applySize(cols, rows);
  }

  /** The owner of the size while it is there; its size stays when it is gone. */
  private get attachedOwner(): string | null {
    return this.owner !== null && this.isAttached(this.owner) ? this.owner : null;
  }

  private tellSize(attachments: Iterable<Attachment>): void {
    const { cols, rows, attachedOwner: owner } = this;
    const offset = this.transcript.end;
    for (const attachment of attachments) attachment.tellSize({ cols, rows, owner, offset });
  }

  private tellExit(attachment: Attachment): void {
    if (!this.exit || attachment.exitSent || !attachment.started) return;
    if (attachment.sender.next < this.transcript.end) return;
    attachment.exitSent = true;
    attachment.sink.event(attachment.channel, 'exited', { ...this.exit, offset: this.transcript.end });
  }

  private finish(exit: ExitStatus): void {
    if (this.exit) return;
    this.exit = exit;
    this.save({ exit });
    this.live?.input.close();
    this.live?.reader.close();
    this.live = undefined;
    for (const attachment of this.attachments) {
      // A hidden tab learns of the end like everybody: after the last byte.
      attachment.visible = true;
      this.flow(attachment);
    }
    this.context.broadcast('session-ended', { session: this.describe() });
    this.closeFilesWhenIdle();
  }

  private leader(): Leader {
    // After a restart nobody knows whether the number still means the same process; the mark does not lie.
    const known = this.live !== undefined || this.endedAtTicks !== undefined;
    return { pid: (known && this.record.pid) || NOBODY, endedAt: this.endedAtTicks };
  }

  /** Titles are not stored: they are in the output. */
  private findTitle(): void {
    const { start, end } = this.transcript;
    for (let at = Math.max(start, end - TITLE_SCAN_BYTES); at < end;) {
      const bytes = this.transcript.read(at, TITLE_SCAN_BYTES);
      if (bytes.length === 0) return;
      this.scanner.push(bytes);
      at += bytes.length;
    }
  }

  private addSize(mark: SizeMark): void {
    this.onDisk(
      () => this.files.addSize(this.sizes, mark),
      () => (this.unsaved.sizes = true),
    );
  }

  private save(change: Partial<SessionRecord>): void {
    this.record = { ...this.record, ...change };
    this.unsaved.record = true;
    this.writeUnsaved();
  }

  private writeUnsaved(): void {
    if (this.unsaved.sizes) {
      this.onDisk(() => {
        this.files.writeSizes(this.sizes);
        this.unsaved.sizes = false;
      });
    }
    if (this.unsaved.record) {
      this.onDisk(() => {
        this.files.write(this.record);
        this.unsaved.record = false;
        // The keeper forgets the exit status once it is on disk.
        if (this.exit) this.context.release(this.sessionId);
      });
    }
  }

  /** What a full disk refuses is in memory and tried again: it must not end the terminals of everybody. */
  private onDisk(write: () => void, onRefused?: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
      onRefused?.();
      this.scheduleFlush();
    }
  }
}

const SIGNAL_NAMES = new Map(Object.entries(os.constants.signals).map(([name, number]) => [number, name]));

/** `INT` for 2, as in the events of the protocol. */
function signalName(number: number): string {
  return SIGNAL_NAMES.get(number)?.replace(/^SIG/, '') ?? String(number);
}
