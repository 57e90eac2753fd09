import { type AuditEntry, AuditLog } from './audit-log';

/** For tests of those who write events. */
export class MemoryAuditLog extends AuditLog {
  readonly entries: AuditEntry[] = [];

  record(entry: AuditEntry): void {
    this.entries.push(entry);
  }

  async durable(entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
  }

  assertRoom(): void {
    return;
  }
}
