import type { EpochInfo } from '../wire/host-messages';
import { HostRefusalError } from './host-refusal-error';
import { SessionFiles, type SessionRecord } from './session-files';
import { Terminal, type TerminalContext } from './terminal';

/**
 * Earlier epochs of a session whose transcripts are held; the oldest goes. A host is lost a few times in a session's life; what
 * hibernates every night says most of it again when it wakes.
 */
const MAX_PREVIOUS_EPOCHS = 4;

interface Session {
  current: Terminal;
  /** Oldest first. They have ended, all of them. */
  readonly previous: PreviousEpoch[];
}

interface PreviousEpoch {
  readonly epochNumber: number;
  /** Opened when somebody asks for it. */
  terminal?: Terminal;
}

/** The sessions of this host: the current epoch of each, and the ones before it, which can only be read. */
export class Sessions {
  private readonly all = new Map<string, Session>();

  constructor(
    private readonly directory: string,
    private readonly context: TerminalContext,
  ) {}

  get size(): number {
    return this.all.size;
  }

  /** The current epochs. */
  get terminals(): Terminal[] {
    return [...this.all.values()].map(({ current }) => current);
  }

  get(sessionId: string): Terminal | undefined {
    return this.all.get(sessionId)?.current;
  }

  /** Throws a refusal when there is no such session, or when this epoch of it is not held. */
  find(sessionId: string, epoch?: string): Terminal {
    const session = this.all.get(sessionId);
    if (!session) throw new HostRefusalError('session_not_found', `The PTY host has no session ${sessionId}.`);
    if (epoch === undefined || session.current.epoch === epoch) return session.current;
    const found = this.open(sessionId, session.previous).find((terminal) => terminal.epoch === epoch);
    if (found) return found;
    throw new HostRefusalError(
      'not_found',
      `The output of epoch ${epoch} is not held; the current one is ${session.current.epoch}.`,
    );
  }

  /** Oldest first, the current one last. */
  epochs(sessionId: string): EpochInfo[] {
    const session = this.all.get(sessionId);
    if (!session) return [];
    return [...this.open(sessionId, session.previous), session.current].map((terminal) => terminal.describeEpoch());
  }

  /** Reads from disk what an earlier broker left. */
  recover(): void {
    for (const sessionId of SessionFiles.list(this.directory)) {
      this.reopen(sessionId);
      // The disk space of all epochs counts.
      this.open(sessionId, this.all.get(sessionId)?.previous ?? []);
    }
  }

  /** The files of the epoch that comes next; nothing is written. */
  nextFiles(sessionId: string): SessionFiles {
    return new SessionFiles(this.directory, sessionId, SessionFiles.nextEpochNumber(this.directory, sessionId));
  }

  /** The newest epoch on disk becomes the current one; the one before it stays readable. */
  advance(sessionId: string): Terminal | undefined {
    const newest = SessionFiles.epochNumbers(this.directory, sessionId).at(-1);
    const known = this.all.get(sessionId);
    if (known?.current.epochNumber === newest) return known?.current;
    const current = this.reopen(sessionId);
    const previous = this.all.get(sessionId)?.previous ?? [];
    // Whoever still reads them goes on.
    for (const terminal of known ? [...opened(known.previous), known.current] : []) {
      const still = previous.find(({ epochNumber }) => epochNumber === terminal.epochNumber);
      if (still) still.terminal = terminal;
      else terminal.discard(() => undefined);
    }
    return current;
  }

  /** The process of the newest epoch was never started: the one before it is the current one again. */
  dropUnstarted(sessionId: string): void {
    const session = this.all.get(sessionId);
    session?.current.discard((files) => files.remove());
    const before = session?.previous.pop();
    if (session && before) session.current = before.terminal ?? this.read(sessionId, before.epochNumber);
    else this.all.delete(sessionId);
  }

  remove(sessionId: string): void {
    const session = this.all.get(sessionId);
    for (const { terminal } of session?.previous ?? []) terminal?.discard(() => undefined);
    session?.current.discard((files) => files.removeSession());
    this.all.delete(sessionId);
  }

  private reopen(sessionId: string): Terminal | undefined {
    const numbers = SessionFiles.epochNumbers(this.directory, sessionId);
    const newest = numbers.pop();
    if (newest === undefined) return undefined;
    const current = this.read(sessionId, newest);
    const previous = numbers.slice(-MAX_PREVIOUS_EPOCHS).map((epochNumber): PreviousEpoch => ({ epochNumber }));
    this.all.set(sessionId, { current, previous });
    // Not before the process runs: without it the one before is the current one again.
    if (current.wasStarted || current.ended)
      for (const epochNumber of numbers.slice(0, -MAX_PREVIOUS_EPOCHS))
        new SessionFiles(this.directory, sessionId, epochNumber).remove();
    return current;
  }

  private open(sessionId: string, previous: PreviousEpoch[]): Terminal[] {
    return previous.map((epoch) => (epoch.terminal ??= this.read(sessionId, epoch.epochNumber)));
  }

  private read(sessionId: string, epochNumber: number): Terminal {
    const files = new SessionFiles(this.directory, sessionId, epochNumber);
    return new Terminal(files.read() as SessionRecord, files, this.context);
  }
}

function opened(epochs: readonly PreviousEpoch[]): Terminal[] {
  return epochs.flatMap(({ terminal }) => terminal ?? []);
}
