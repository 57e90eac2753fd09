import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { AuditLog, type AuditOutcome } from '../audit/audit-log';
import { Outbox } from '../infrastructure/outbox/outbox';
import { OutboxFullError } from '../infrastructure/outbox/outbox-full.error';
import { errorMessage } from '../infrastructure/startup-error';
import { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { TypedEvents } from '../kernel/typed-events';
import type { HostSession } from '../pty-host/wire/host-messages';
import { eventIdOf, type SessionEvent } from './session-events';
import { SESSION_RECORD_HANDLERS } from './session-record-handlers';
import { type ActivityRecord, type EventRecord, RecordKind, type StateRecord } from './session-records';

const RETRY_AFTER_MS = 5_000;

/**
 * Everything about sessions that nobody waits for, on its way to PostgreSQL through the outbox. Nothing here throws: what cannot be
 * kept is told as `lost`, and found again by comparing with the PTY host.
 */
@Injectable()
export class SessionWrites implements OnModuleInit {
  readonly events = new TypedEvents<{ lost: undefined }>();
  private readonly log = new Logger(SessionWrites.name);
  private isLosing = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  onModuleInit(): void {
    for (const [kind, handler] of Object.entries(SESSION_RECORD_HANDLERS)) this.outbox.register(kind, handler);
  }

  /** Throws `outbox_full` when what is left of the outbox is for sessions that live already. */
  assertRoom(): void {
    if (this.outbox.hasRoom) return;
    const details = { limit: 'OUTBOX_MAX_BYTES', current: this.outbox.stats().bytes };
    throw new DomainError(
      ErrorCode.outboxFull,
      'Too many writes wait for the database (OUTBOX_MAX_BYTES); running terminals go on. Try again when it is back.',
      { retryable: true, retryAfterMs: RETRY_AFTER_MS, details },
    );
  }

  running(key: string, { epoch, epochNumber, incarnation }: HostSession): void {
    this.state({ ...this.blank(key), version: runningVersion(epochNumber), status: 'running', epoch, incarnation });
    this.event(key, { kind: 'started', data: { epoch, epochNumber } }, eventIdOf(key, 'started', epoch));
  }

  /** As the host says it ended. */
  ended(key: string, session: HostSession): void {
    const { epoch, epochNumber, incarnation, exit, endedAt, title, lastOutputAt } = session;
    if (!exit) return;
    const at = endedAt ?? this.clock.now();
    const { reason, exitCode, signal } = exit;
    const version = runningVersion(epochNumber) + 1;
    const end = { status: 'ended', endReason: reason, exitCode, signal, endedAt: at } as const;
    this.state({ ...this.blank(key), version, epoch, incarnation, ...end });
    this.activity({ key, title: title || null, titleAt: at, lastActivityAt: lastOutputAt });
    this.event(key, endEvent(epoch, exit), eventIdOf(key, 'ended', epoch), at);
    this.auditEnd(key, { epoch, reason, exitCode, signal });
  }

  /** The host does not know it any more. `stateVersion` is that of the state in which it was known to run. */
  lost(key: string, known: { readonly stateVersion: number; readonly epoch: string | null }): void {
    const { epoch, stateVersion } = known;
    const end = { status: 'ended', endReason: 'host-lost', endedAt: this.clock.now() } as const;
    this.state({ ...this.blank(key), version: stateVersion + 1, epoch, ...end });
    this.event(key, { kind: 'host-lost', data: { epoch } }, eventIdOf(key, 'ended', epoch));
    this.auditEnd(key, { epoch, reason: 'host-lost' });
  }

  /** It never had a process, and the version is lower than that of any. */
  launchFailed(key: string): void {
    const end = { status: 'ended', endReason: 'launch-failed', endedAt: this.clock.now() } as const;
    this.state({ ...this.blank(key), version: 1, ...end });
    const data = { epoch: null, reason: 'launch-failed', exitCode: null, signal: null };
    this.event(key, { kind: 'ended', data }, eventIdOf(key, 'launch-failed'));
    this.auditEnd(key, { reason: 'launch-failed' }, 'failed');
  }

  titled(key: string, title: string): void {
    const now = this.clock.now();
    this.activity({ key, title, titleAt: now, lastActivityAt: now });
  }

  /** One line of the session's history. */
  event(key: string, { kind, data }: SessionEvent, id?: string, at = this.clock.now()): void {
    this.append(RecordKind.event, { key, at, kind, data } satisfies EventRecord, id);
  }

  private auditEnd(key: string, data: Readonly<Record<string, unknown>>, outcome: AuditOutcome = 'ok'): void {
    this.audit.record({ code: 'session.ended', outcome, target: { kind: 'session', id: idOf(key) }, data });
  }

  private blank(key: string): Omit<StateRecord, 'version' | 'status'> {
    const nothing = { epoch: null, incarnation: null, endReason: null, exitCode: null, signal: null, endedAt: null };
    return { key, hostId: this.config.nodeName, ...nothing };
  }

  private state(state: StateRecord): void {
    this.append(RecordKind.state, state);
  }

  private activity(activity: ActivityRecord): void {
    this.append(RecordKind.activity, activity);
  }

  private append(kind: string, payload: object, id?: string): void {
    try {
      this.outbox.append(kind, payload, { id });
      this.isLosing = false;
    } catch (error) {
      // Once, not for each of thousands.
      if (!this.isLosing) this.log.error(`What becomes of sessions cannot be written down: ${errorMessage(error)}`);
      this.isLosing = true;
      if (error instanceof OutboxFullError) this.events.emit('lost', undefined);
    }
  }
}

/** Of a storage key; no id has a colon. */
function idOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}

/** 2 × the epoch's number; a broker of an earlier version counts none. */
function runningVersion(epochNumber: number): number {
  return 2 * (epochNumber || 1);
}

function endEvent(epoch: string, exit: NonNullable<HostSession['exit']>): SessionEvent {
  switch (exit.reason) {
    case 'host-lost':
      return { kind: 'host-lost', data: { epoch } };
    case 'hibernated':
      return { kind: 'hibernated', data: { epoch } };
    case 'expired':
      return { kind: 'retention-expired', data: { epoch } };
    case 'exited':
    case 'terminated':
      return { kind: 'ended', data: { epoch, ...exit } };
  }
}
