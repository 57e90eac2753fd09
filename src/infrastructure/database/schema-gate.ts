/**
 * Whether the database is known to have this build's schema. After a start without it nobody knows, and no query of the
 * application may reach it until it was migrated.
 */
export class SchemaGate {
  private current = true;

  get isCurrent(): boolean {
    return this.current;
  }

  close(): void {
    this.current = false;
  }

  open(): void {
    this.current = true;
  }
}
