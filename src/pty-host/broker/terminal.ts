import { resumePoint, type ByteRange, type Role, type SignalName, type WantedOutput } from '@holdfast/protocol';
import type { RawExit } from '../keeper/keeper-messages';
import { foregroundProcessGroup } from '../native/libc';
import { resizePty } from '../native/pty';
import {
  MAX_TIME_MARKS,
  type EpochInfo,
  type ExitStatus,
  type HostRequests,
  type HostSession,
  type HostWideEvents,
  type TimeMark,
} from '../wire/host-messages';
import { PREFIX_BYTES } from '../wire/host-frames';
import { Attachment, type AttachmentOptions, type FrameSink } from './attachment';
import { Attachments } from './attachments';
import { Audience } from './audience';
import { EpochProcesses } from './epoch-processes';
import { exitStatus } from './exit-status';
import { HostRefusalError } from './host-refusal-error';
import { IdleTimes } from './idle-times';
import { InputLedger } from './input-ledger';
import type { InputQueue } from './input-queue';
import { Landing } from './landing';
import { LedgerFile } from './ledger-file';
import { ProgramSignals } from './program-signals';
import { writeToMaster } from './pty-input';
import { PtyReader } from './pty-reader';
import { QueryWatch } from './query-watch';
import { ReadingPace } from './reading-pace';
import type { SessionFiles, SessionRecord } from './session-files';
import { StoredSession } from './stored-session';
import { TerminalSize, type Size } from './terminal-size';
import { Transcript } from './transcript';
import type { TranscriptStore } from './transcript-store';
import { TypedInput } from './typed-input';

const FLUSH_RETRY_MS = 200;
export interface TerminalContext {
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly transcripts: TranscriptStore;
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
 * One epoch of a session in the PTY host, from its process to its attachments. It moves forward only: live, ending (the process was
 * reaped, output is drained), ended. An ended one is a transcript that can still be attached to.
 */
export class Terminal {
  readonly attachments = new Attachments();
  readonly audience = new Audience(this.attachments);
  readonly size: TerminalSize;
  private readonly stored: StoredSession;
  private readonly transcript: Transcript;
  private readonly typed: TypedInput;
  private readonly program: ProgramSignals;
  private readonly processes = new EpochProcesses(() => this.record);
  private readonly queries: QueryWatch;
  private readonly pace: ReadingPace;
  private readonly idle: IdleTimes;
  private live: Live | undefined;
  private exit: ExitStatus | undefined;
  private serials = 0;
  private lastOutputAt: number;
  private flushTimer: NodeJS.Timeout | undefined;

  constructor(
    record: SessionRecord,
    private readonly files: SessionFiles,
    private readonly context: TerminalContext,
  ) {
    this.stored = new StoredSession(record, files, {
      onRefused: () => this.scheduleFlush(),
      onSaved: ({ exit }) => {
        if (!exit) return;
        // The keeper forgets the exit status once it is on disk.
        context.release(record.sessionId);
        files.removeLanding();
      },
    });
    this.transcript = this.openTranscript();
    this.typed = new TypedInput(new InputLedger(new LedgerFile(files.inputFile)), this.attachments, context.monotonic);
    this.exit = record.exit;
    this.program = new ProgramSignals(this.attachments, (title) =>
      context.broadcast('session-title', { sessionId: record.sessionId, title }),
    );
    this.idle = new IdleTimes(context.monotonic);
    this.size = new TerminalSize(
      this.stored.sizes.at(-1) ?? record,
      this.attachments,
      (size) => this.resizePty(size),
      () => this.transcript.end,
    );
    this.queries = new QueryWatch(this.transcript.end, {
      monotonic: context.monotonic,
      find: (chunk) => this.program.findQuery(chunk),
      report: () => context.broadcast('unattended-query', { sessionId: record.sessionId }),
    });
    this.pace = new ReadingPace({
      attachments: this.attachments,
      transcript: this.transcript,
      sizeOwner: () => this.size.attachedOwner,
      reader: () => this.live?.reader,
      monotonic: context.monotonic,
    });
    this.lastOutputAt = record.createdAt;
    if (!this.exit) this.rescueOutput();
    this.program.title = record.title ?? '';
    if (record.title === undefined) this.program.findTitle(this.transcript);
    if (this.exit) this.closeFiles();
  }

  private get record(): SessionRecord {
    return this.stored.record;
  }

  get sessionId(): string {
    return this.record.sessionId;
  }

  get epoch(): string {
    return this.record.epoch;
  }

  get epochNumber(): number {
    return this.record.epochNumber ?? 1;
  }

  get ended(): boolean {
    return this.exit !== undefined;
  }

  /** These processes are of this epoch. */
  ownsProcessesOf(epoch: string | undefined): boolean {
    return this.processes.ofEpoch(epoch);
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
    if (this.record.pid !== pid) this.stored.save({ pid });
    const input = this.typed.queueTo(writeToMaster(fd));
    const landing = new Landing(this.files.landingFile, this.transcript.end);
    const reader = new PtyReader(fd, landing, {
      onOutput: (frame, length) => this.onOutput(frame, length),
      limit: () => this.pace.limit,
      onEnd: () => input.close(),
    });
    this.live = { fd, reader, input };
    this.processes.adopt();
    if (exit) this.onProcessExit(exit);
    else if (this.record.terminating) this.endProcesses();
  }

  /** The process was reaped. Everything it wrote is in the PTY now: drain it, then it is over. */
  onProcessExit(raw: RawExit): void {
    if (!this.live || this.exit) return;
    this.processes.noteEnd();
    this.live.reader.drain();
    this.finish(exitStatus(raw, this.endReason));
    // What the shell left behind ends with the session.
    this.endProcesses();
  }

  /** Without a keeper nobody says that the process ended, nor how: looks by itself. */
  checkProcess(): void {
    if (!this.live || this.exit || this.processes.leaderRuns) return;
    this.processes.noteEnd();
    this.live.reader.drain();
    this.finish({ exitCode: null, signal: null, reason: this.endReason });
    this.endProcesses();
  }

  /** The keeper that held this terminal is gone, and its processes with it. */
  markLost(lastAlive: number): void {
    const endedAt = Math.max(lastAlive, this.record.createdAt);
    this.finish({ exitCode: null, signal: null, reason: 'host-lost' }, endedAt);
  }

  /** Ends what is left of it: members of its process group if it still runs, and whatever carries its mark. */
  endProcesses(first?: NodeJS.Signals): void {
    this.processes.end(first);
  }

  describe(): HostSession {
    return {
      sessionId: this.sessionId,
      labels: this.record.labels,
      epoch: this.record.epoch,
      epochNumber: this.epochNumber,
      incarnation: this.record.incarnation,
      pid: this.record.pid ?? 0,
      cols: this.size.current.cols,
      rows: this.size.current.rows,
      title: this.program.title,
      cwd: this.program.cwd,
      start: this.transcript.start,
      end: this.transcript.end,
      attachments: this.attachments.size,
      sizeOwner: this.size.attachedOwner,
      createdAt: this.record.createdAt,
      lastOutputAt: this.lastOutputAt,
      ...this.idle.since(this.attachments.size > 0),
      exit: this.exit ?? null,
      endedAt: this.record.endedAt ?? null,
    };
  }

  describeEpoch(): EpochInfo {
    const { epoch, epochNumber, start, end, createdAt, endedAt, exit } = this.describe();
    return { epoch, epochNumber, start, end, createdAt, endedAt, exit, sizes: this.stored.sizes };
  }

  info(): Omit<HostRequests['info']['answer'], 'epochs'> {
    const audience = this.audience.members;
    return { session: this.describe(), sizes: this.stored.sizes, answerFrom: this.queries.answerFrom, audience };
  }

  /** Refuses what is damaged. */
  async read(from: number, max: number): Promise<Buffer> {
    try {
      return await this.transcript.fetch(from, max);
    } finally {
      this.closeFilesWhenIdle();
    }
  }

  async times(from: number, to: number): Promise<{ marks: readonly TimeMark[] }> {
    return { marks: await this.transcript.readTimes(from, to, MAX_TIME_MARKS) };
  }

  // --- attachments ---------------------------------------------------------------------------------------------------

  attach(
    wish: AttachmentOptions,
    sink: FrameSink,
    wanted: WantedOutput,
  ): { attachment: Attachment; inputOffset: number; ambiguous?: ByteRange } {
    const options = { ...wish, writerId: wish.writerId.toLowerCase() };
    const from = resumePoint(this.transcript, this.record.epoch, wanted, options.replayBytes);
    const writer = this.typed.claim(options, !this.exit);
    const attachment = new Attachment(options, sink, this.transcript, from, ++this.serials, this.context.monotonic);
    this.attachments.add(attachment);
    // The one who made the terminal owns its size; later ones have to type first.
    if (this.serials === 1 && attachment.isWriter) this.size.give(options.writerId);
    this.noteAttention();
    this.audience.changed();
    return { attachment, inputOffset: writer?.resumeAt ?? 0, ambiguous: writer?.ambiguous };
  }

  /** Output flows from here on; called once the answer to `attach` or `start` is on its way. */
  flow(attachment: Attachment): void {
    this.noteAttention();
    attachment.catchUp();
    this.tellExit(attachment);
    this.pace.adjust();
  }

  detach(attachment: Attachment): void {
    this.attachments.delete(attachment);
    this.idle.noteWatched();
    this.size.onDetached(attachment);
    this.audience.changed();
    this.noteAttention();
    this.pace.adjust();
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

  setRole(attachment: Attachment, role: Role): { inputOffset: number } {
    const writer = this.typed.claim({ ...attachment.options, role }, !this.exit);
    attachment.options.role = role;
    if (role === 'viewer') this.size.release(attachment);
    this.audience.changed();
    this.flow(attachment);
    return { inputOffset: writer?.resumeAt ?? 0 };
  }

  // --- input ---------------------------------------------------------------------------------------------------------

  input(attachment: Attachment, offset: number, bytes: Uint8Array): void {
    const controller = this.attachments.controller(this.size.attachedOwner);
    this.typed.accept(
      attachment,
      { offset, bytes },
      {
        queue: this.exit ? undefined : this.live?.input,
        answers: controller === undefined || controller === attachment,
        beforeWriting: () => {
          this.idle.noteInput();
          this.size.take(attachment);
        },
      },
    );
  }

  /** Input without an attachment. Returns false when there is no room or no process. */
  type(bytes: Uint8Array, onDone?: (written: boolean) => void): boolean {
    this.idle.noteInput();
    return this.write(bytes, onDone);
  }

  private write(bytes: Uint8Array, onDone?: (written: boolean) => void): boolean {
    if (!this.live || this.exit || !this.live.input.hasRoomFor(bytes.length)) return false;
    this.live.input.push(bytes, undefined, onDone);
    return true;
  }

  /** The server's answer to a query in output that ended at `queryEnd`; each query is answered at most once. */
  answerQuery(queryEnd: number, bytes: Uint8Array): boolean {
    return this.queries.take(queryEnd) && this.write(bytes);
  }

  // --- signals, end ----------------------------------------------------------------------------------------------------

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
    // Whoever wants its end does not want it back.
    if (this.record.hibernated) this.stored.save({ hibernated: false });
    this.startEnding(signal);
  }

  /** Ends it for now, unless somebody has typed within `ifUntypedMs`. */
  hibernate(ifUntypedMs = 0): void {
    if (this.exit || this.record.terminating) return;
    if (this.idle.idleInputMs < ifUntypedMs) throw new HostRefusalError('conflict', 'Somebody types into the session.');
    this.stored.save({ hibernated: true });
    this.startEnding('TERM');
  }

  /** Ends it when nobody has watched and nothing was printed for so long; refuses when it is in use, however recently. */
  expire(idleMs: number): void {
    const { idleOutputMs, idleViewerMs } = this.idle.since(this.attachments.size > 0);
    if (Math.min(idleOutputMs, idleViewerMs) < idleMs) throw new HostRefusalError('conflict', 'The session is in use.');
    if (!this.exit && !this.record.terminating) this.stored.save({ expired: true });
    this.terminate();
  }

  private startEnding(first?: SignalName): void {
    if (this.record.terminating && !first) return;
    this.stored.save({ terminating: true });
    this.endProcesses(first ? `SIG${first}` : undefined);
  }

  private get endReason(): ExitStatus['reason'] {
    const { terminating, hibernated, expired } = this.record;
    if (!terminating) return 'exited';
    if (hibernated) return 'hibernated';
    return expired ? 'expired' : 'terminated';
  }

  /** Stops using descriptors and timers; what is on disk stays. */
  close(): void {
    this.pace.close();
    clearTimeout(this.flushTimer);
    this.queries.close();
    this.audience.close();
    this.live?.input.close();
    this.live?.reader.close();
    this.live = undefined;
    this.transcript.flush();
    this.closeFiles();
  }

  private closeFiles(): void {
    this.transcript.close();
    this.typed.close();
  }

  /** Forgets everything; its files are removed by `remove`, which is given them. */
  discard(remove: (files: SessionFiles) => void): void {
    this.close();
    this.transcript.forget();
    this.attachments.clear();
    remove(this.files);
  }

  private closeFilesWhenIdle(): void {
    if (this.exit && this.attachments.size === 0 && !this.transcript.hasUnwritten) this.closeFiles();
  }

  /** Waiting input or output that only this process has. */
  get busy(): boolean {
    return (
      (this.live !== undefined && !this.live.input.empty) ||
      this.transcript.hasUnwritten ||
      this.stored.hasUnsavedRecord
    );
  }

  /** Takes nothing more out of the PTY: the successor does. */
  stopReading(): void {
    this.live?.reader.pause();
    this.transcript.flushTimes();
  }

  /** Every 250 ms: what happened on channels that are attached but hidden. */
  reportActivity(): void {
    this.transcript.flushTimesWhenDue();
    this.attachments.reportActivity(this.transcript.end);
  }

  // --- output ----------------------------------------------------------------------------------------------------------

  private onOutput(frame: Buffer, length: number): boolean {
    const offset = this.transcript.end;
    this.transcript.append(frame, PREFIX_BYTES, length);
    this.lastOutputAt = this.context.now();
    this.idle.noteOutput();
    const bytes = frame.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
    this.program.push(bytes);
    this.queries.onOutput(bytes);
    let inUse = false;
    for (const attachment of this.attachments) {
      if (attachment.visible)
        inUse = attachment.offer(frame, offset, length, !inUse && this.attachments.size === 1) || inUse;
      else attachment.outputSinceReport = true;
    }
    if (this.attachments.size > 1 || !inUse) this.attachments.catchUp();
    if (this.transcript.hasUnwritten) this.scheduleFlush();
    this.pace.adjust();
    return inUse;
  }

  /** Tries again what a full disk refused. */
  private scheduleFlush(): void {
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      if (!this.transcript.flush()) this.scheduleFlush();
      this.stored.retry();
      this.attachments.catchUp();
      this.pace.adjust();
      this.closeFilesWhenIdle();
    }, FLUSH_RETRY_MS);
  }

  /** While a writer's emulator sees the output it answers queries; otherwise the server does, from here on. */
  private noteAttention(): void {
    this.queries.setAttended(this.attachments.attended, this.transcript.end);
  }

  // --- helpers -----------------------------------------------------------------------------------------------------------

  private resizePty({ cols, rows }: Size): boolean {
    if (!this.live?.reader.isOpen) return false;
    // What was written at the old size is read first, so that the offset divides the two exactly.
    if (!this.transcript.full) this.live.reader.drain();
    resizePty(this.live.fd, cols, rows);
    this.stored.addSize({ offset: this.transcript.end, cols, rows });
    return true;
  }

  private tellExit(attachment: Attachment): void {
    if (!this.exit || attachment.exitSent || !attachment.started) return;
    if (attachment.sender.next < this.transcript.end) return;
    attachment.exitSent = true;
    attachment.sink.event(attachment.channel, 'exited', { ...this.exit, offset: this.transcript.end });
  }

  private finish(exit: ExitStatus, endedAt = this.context.now()): void {
    if (this.exit) return;
    this.exit = exit;
    this.stored.save({ exit, endedAt, title: this.program.title });
    this.transcript.markEnded();
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

  private openTranscript(): Transcript {
    const { sessionId, epoch, transcriptBytes, exit } = this.record;
    const options = {
      directory: this.files.directory,
      maxBytes: transcriptBytes,
      ended: exit !== undefined,
      onReadable: () => {
        for (const attachment of this.attachments) this.flow(attachment);
        this.closeFilesWhenIdle();
      },
      onDropped: (start: number) => this.context.broadcast('transcript-dropped', { sessionId, epoch, start }),
    };
    return new Transcript(options, this.context.transcripts);
  }

  /** What the previous broker took out of the PTY and was killed before it could append. */
  private rescueOutput(): void {
    const rescued = Landing.rescue(this.files.landingFile, this.transcript.end);
    this.transcript.append(rescued, 0, rescued.length);
  }
}
