import path from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { Clock } from '../../kernel/clock';
import type { HostSession } from '../../pty-host/wire/host-messages';
import { SessionProcesses } from '../../sessions/session-processes';
import { ClaudePlaces } from '../places';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import { whileLocked } from './while-locked';

/** A process that was prepared is on the host by then, or never. */
const LAUNCH_MS = 30_000;
/** The CLI refuses a conversation within a second. */
const REFUSAL_MS = 5_000;

/** Another session whose record names the same conversation. */
export interface OtherClaim {
  readonly key: string;
  readonly runs: boolean;
}

/**
 * Which session has which conversation. The CLI lets two processes resume one, and both would write it; so whoever starts a process
 * decides in here, one after another on this machine. The records are the claims.
 */
@Injectable()
export class ConversationClaims {
  private readonly lock: string;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly records: ClaudeRecords,
    private readonly processes: SessionProcesses,
    private readonly clock: Clock,
  ) {
    this.lock = path.join(new ClaudePlaces(config.dataDir).directory, 'conversations.lock');
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return whileLocked(this.lock, work);
  }

  recordOf(key: string): ClaudeRecord | undefined {
    return this.records.read(key);
  }

  /** As the host has it now. */
  process(key: string): Promise<HostSession | undefined> {
    return this.processes.findIfHeld(key);
  }

  /** Somebody may have been led to a conversation of another session by /resume. */
  async others({ key, conversation: { id } }: ClaudeRecord): Promise<OtherClaim[]> {
    const others = this.records.all().filter((other) => other.key !== key && other.conversation.id === id);
    return Promise.all(
      others.map(async (other) => {
        const session = await this.processes.findIfHeld(other.key);
        return { key: other.key, runs: mayRun(other, session, this.clock.now()) };
      }),
    );
  }
}

/** What was prepared a moment ago counts as running. */
export function mayRun(
  { start }: Pick<ClaudeRecord, 'start'>,
  session: Pick<HostSession, 'exit' | 'createdAt'> | undefined,
  now: number,
): boolean {
  if (session && !session.exit) return true;
  if (!start || now - start.at >= LAUNCH_MS) return false;
  return !session || session.createdAt < start.at;
}

/** The CLI said that it cannot begin, or cannot resume, this conversation. */
export function wasRefused(session: Pick<HostSession, 'exit' | 'createdAt' | 'endedAt'> | undefined): boolean {
  const { exit, createdAt = 0, endedAt } = session ?? {};
  return exit?.reason === 'exited' && exit.exitCode === 1 && (endedAt ?? Infinity) - createdAt < REFUSAL_MS;
}
