import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { EPOCH_MARK, SESSION_MARK } from '../processes/process-tree';
import type { HostRequests, HostSession } from '../wire/host-messages';
import { isDiskRefusal } from './disk-refusal';
import { HostRefusalError } from './host-refusal-error';
import type { KeeperLink } from './keeper-link';
import type { SessionFiles } from './session-files';
import type { Sessions } from './sessions';

const EPOCH_BYTES = 8;
/** Live terminals of one host: `kernel.pty.max` is 4,096 by default with 1,024 reserved. */
const MAX_LIVE_TERMINALS = 3_000;
/** Of one terminal: PTY master, transcript for writing and for reading, input ledger. */
const DESCRIPTORS_PER_TERMINAL = 4;
/** For gateways and for what Node itself opens. */
const DESCRIPTORS_RESERVED = 128;

type CreateRequest = HostRequests['create']['body'];

interface PendingSpawn {
  readonly files: SessionFiles;
  readonly done: Promise<HostSession>;
  readonly resolve: (session: HostSession) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Makes processes, one for each session however often it is asked for. The record is written before the keeper is asked: a
 * successor of this broker finds either both the record and the process, or a record that it removes.
 */
export class Spawns {
  private readonly pending = new Map<string, PendingSpawn>();
  private readonly maxLiveTerminals = maxLiveTerminals();

  constructor(
    private readonly sessions: Sessions,
    private readonly keeper: KeeperLink,
    private readonly incarnation: number,
  ) {}

  async create(body: CreateRequest): Promise<HostRequests['create']['answer']> {
    const { sessionId, replaceEpoch } = body;
    const pending = this.pending.get(sessionId);
    if (pending) return { created: false, session: await pending.done };
    const existing = this.sessions.get(sessionId);
    if (existing && !(existing.ended && existing.epoch === replaceEpoch))
      return { created: false, session: existing.describe() };
    // Its end is not on disk yet: a successor of this broker would find two epochs that run.
    if (existing?.busy) throw diskFull();
    return { created: true, session: await this.spawn(body) };
  }

  /** The process of a session runs. */
  settle(sessionId: string, session: HostSession): void {
    this.take(sessionId)?.resolve(session);
  }

  /** What was there before is there again. */
  fail(sessionId: string, message: string): void {
    const pending = this.take(sessionId);
    pending?.files.remove();
    pending?.reject(new HostRefusalError('launch_failed', `The process could not be started: ${message}`));
  }

  onKeeperGone(): void {
    for (const { reject } of this.pending.values()) reject(keeperGone());
    this.pending.clear();
  }

  private spawn(body: CreateRequest): Promise<HostSession> {
    const { sessionId, launch, cols, rows } = body;
    if (!this.keeper.alive) throw keeperGone();
    this.assertRoom();
    const epoch = randomBytes(EPOCH_BYTES).toString('hex');
    const files = this.sessions.nextFiles(sessionId);
    this.write(files, body, epoch);
    const pending = deferred(files);
    this.pending.set(sessionId, pending);
    const env = { ...launch.env, [SESSION_MARK]: sessionId, [EPOCH_MARK]: epoch };
    this.keeper.send({ type: 'spawn', sessionId, launch: { ...launch, env }, cols, rows });
    return pending.done;
  }

  private assertRoom(): void {
    const live = this.sessions.terminals.filter((terminal) => !terminal.ended).length;
    if (live + this.pending.size < this.maxLiveTerminals) return;
    throw new HostRefusalError(
      'session_limit',
      `This host runs ${live} terminals, which is its limit. End one first.`,
      {
        limit: 'terminals of this host',
        value: this.maxLiveTerminals,
        current: live,
      },
    );
  }

  private write(files: SessionFiles, body: CreateRequest, epoch: string): void {
    const { sessionId, cols, rows, transcriptBytes, labels } = body;
    const { epochNumber } = files;
    const { incarnation } = this;
    try {
      files.create({
        sessionId,
        epoch,
        epochNumber,
        incarnation,
        createdAt: Date.now(),
        cols,
        rows,
        transcriptBytes,
        labels,
      });
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
      files.remove();
      throw diskFull();
    }
  }

  private take(sessionId: string): PendingSpawn | undefined {
    const pending = this.pending.get(sessionId);
    this.pending.delete(sessionId);
    return pending;
  }
}

function keeperGone(): HostRefusalError {
  return new HostRefusalError('host_unavailable', 'The PTY keeper is gone; no new terminal can be made.');
}

function diskFull(): HostRefusalError {
  const message =
    'The disk of the PTY host is full; existing sessions go on. Delete ended ones, or make room in DATA_DIR.';
  return new HostRefusalError('disk_full', message, { limit: 'disk space of DATA_DIR' });
}

/** As many as there are descriptors for: to run out of them in the middle would take every terminal down. */
function maxLiveTerminals(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'latin1'))?.[1];
  if (!limit) return MAX_LIVE_TERMINALS;
  return Math.min(MAX_LIVE_TERMINALS, Math.floor((Number(limit) - DESCRIPTORS_RESERVED) / DESCRIPTORS_PER_TERMINAL));
}

function deferred(files: SessionFiles): PendingSpawn {
  let resolve!: (value: HostSession) => void;
  let reject!: (error: Error) => void;
  const done = new Promise<HostSession>((ok, fail) => {
    resolve = ok;
    reject = fail;
  });
  return { files, done, resolve, reject };
}
