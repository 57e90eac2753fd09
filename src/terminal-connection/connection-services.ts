import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { ScreenMirrors } from '../screen-mirror/screen-mirrors';
import { SessionService } from '../sessions/session.service';
import { SessionCompany } from '../sharing/session-company';
import { ConnectionStats } from './connection-stats';

/** What every socket works with. */
@Injectable()
export class ConnectionServices {
  constructor(
    readonly sessions: SessionService,
    readonly company: SessionCompany,
    readonly host: PtyHostClient,
    readonly mirrors: ScreenMirrors,
    readonly stats: ConnectionStats,
    readonly audit: AuditLog,
  ) {}
}
