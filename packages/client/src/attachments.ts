import type { Attachment } from './attachment';
import type { Connection } from './connection';
import type { Rival } from './terminal-errors';

/** Where one terminal is attached: on one connection, and on two while a new one takes over from an old one. */
export class Attachments {
  private readonly byConnection = new Map<Connection, Attachment>();
  /** Of all connections it was ever attached on. */
  private newestSerial = 0;

  get size(): number {
    return this.byConnection.size;
  }

  /** The newest connection that has the channel opened. */
  get active(): Attachment | undefined {
    let newest: Attachment | undefined;
    for (const attachment of this.byConnection.values()) {
      if (attachment.phase !== 'open') continue;
      if (newest === undefined || attachment.connection.serial > newest.connection.serial) newest = attachment;
    }
    return newest;
  }

  get oldest(): Attachment | undefined {
    return [...this.byConnection.values()][0];
  }

  /** Who may have taken the terminal over from `attachment`. */
  rivalOf(attachment: Attachment): Rival {
    if (this.size > 1) return 'own';
    return attachment.connection.serial < this.newestSerial ? 'own-gone' : 'foreign';
  }

  on(connection: Connection): Attachment | undefined {
    return this.byConnection.get(connection);
  }

  add(attachment: Attachment): void {
    this.byConnection.set(attachment.connection, attachment);
    this.newestSerial = Math.max(this.newestSerial, attachment.connection.serial);
  }

  remove(attachment: Attachment): void {
    attachment.dispose();
    this.byConnection.delete(attachment.connection);
  }

  leave(): void {
    for (const attachment of this.byConnection.values()) attachment.leave();
  }

  clear(): void {
    for (const attachment of this.byConnection.values()) attachment.dispose();
    this.byConnection.clear();
  }
}
