import type { Role, SignalName } from '@holdfast/protocol';
import { actorOf } from '../audit/audit-actor';
import type { AuditCode } from '../audit/audit-codes';
import type { AuditEntry, AuditLog } from '../audit/audit-log';
import type { OpenedSession } from '../sessions/session-opener';
import type { SessionGateway } from '../sessions/session.entity';
import type { Admission } from './admission';

/** What people at a session do to each other over their sockets. */
export type PeopleAct = 'session.kicked' | 'session.write.granted' | 'session.write.refused' | 'session.write.revoked';

/** What one socket does, put on record. Nobody waits for it. */
export class SocketTrail {
  private readonly since = performance.now();

  constructor(
    private readonly audit: AuditLog,
    private readonly admission: Admission,
    private readonly gateway: SessionGateway,
  ) {
    this.record({ code: 'ws.connected', target: this.socket, data: { protocol: admission.protocol } });
  }

  closed(code: number): void {
    const seconds = Math.round((performance.now() - this.since) / 1000);
    this.record({ code: 'ws.closed', reason: String(code), target: this.socket, data: { seconds } });
  }

  /** Also when the client has gone meanwhile. */
  opened(session: OpenedSession): void {
    if (!session.created) return;
    const { projectId, host } = session;
    const { epoch, epochNumber, labels } = host;
    const data = { projectId, gateway: this.gateway, profile: labels?.profile, epoch, epochNumber };
    this.record({ code: 'session.created', target: targetOf(session), data });
  }

  attached(session: OpenedSession, role: Role): void {
    this.record({ code: 'session.attached', target: targetOf(session), data: { projectId: session.projectId, role } });
  }

  detached(session: OpenedSession): void {
    this.record({ code: 'session.detached', target: targetOf(session), data: { projectId: session.projectId } });
  }

  terminated(session: OpenedSession, signal: SignalName | undefined): void {
    const { projectId } = session;
    this.record({ code: 'session.terminated', target: targetOf(session), data: { projectId, signal } });
  }

  /** Did something to another user at the session. */
  acted(code: PeopleAct, session: OpenedSession, user: string): void {
    this.record({ code, target: targetOf(session), data: { projectId: session.projectId, user } });
  }

  /** Did something that only some gateways have. */
  did(code: AuditCode, session: OpenedSession, data: Readonly<Record<string, unknown>>): void {
    this.record({ code, target: targetOf(session), data: { projectId: session.projectId, ...data } });
  }

  private get socket(): AuditEntry['target'] {
    return { kind: 'gateway', id: this.gateway };
  }

  private record(entry: Omit<AuditEntry, 'outcome' | 'actor' | 'source'>): void {
    const { principal, source } = this.admission;
    this.audit.record({ ...entry, outcome: 'ok', actor: actorOf(principal), source });
  }
}

function targetOf({ sessionId }: OpenedSession): AuditEntry['target'] {
  return { kind: 'session', id: sessionId };
}
