import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { AuditLog } from '../audit/audit-log';
import { auditSource } from '../audit/audit-source';
import type { SessionGateway } from '../sessions/session.entity';
import { type Admission, AdmissionDesk, UpgradeRefusal } from './admission';

/** The desk, with a record of whom it refused. */
@Injectable()
export class AuditedAdmission {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly desk: AdmissionDesk,
    private readonly audit: AuditLog,
  ) {}

  /** Throws an `UpgradeRefusal`. */
  async admit(request: IncomingMessage, gateway: SessionGateway): Promise<Admission> {
    const source = auditSource(request, this.config.access.proxyHops);
    try {
      return { ...(await this.desk.admit(request, gateway)), source };
    } catch (error) {
      const refusal = error instanceof UpgradeRefusal ? error : undefined;
      const { origin, host } = request.headers;
      this.audit.record({
        code: 'ws.refused',
        outcome: (refusal?.status ?? 503) < 500 ? 'refused' : 'failed',
        reason: refusal?.code ?? 'unavailable',
        source,
        target: { kind: 'gateway', id: gateway },
        data: { status: refusal?.status, origin, host },
      });
      throw error;
    }
  }
}
