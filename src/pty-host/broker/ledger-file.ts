import fs from 'node:fs';
import { isDiskRefusal } from './disk-refusal';
import { LEDGER_BYTES, type LedgerStore } from './input-ledger';

/** One file of fixed size, written in place with pwrite(2): page cache, no fsync. */
export class LedgerFile implements LedgerStore {
  private fd = -1;

  constructor(private readonly file: string) {}

  /** Makes the file in its full size. */
  static create(file: string): void {
    fs.writeFileSync(file, Buffer.alloc(LEDGER_BYTES), { mode: 0o600 });
  }

  read(): Buffer {
    return fs.existsSync(this.file) ? fs.readFileSync(this.file) : Buffer.alloc(0);
  }

  put(bytes: Uint8Array, at: number): boolean {
    try {
      return fs.writeSync(this.open(), bytes, 0, bytes.length, at) === bytes.length;
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
      return false;
    }
  }

  close(): void {
    if (this.fd >= 0) fs.closeSync(this.fd);
    this.fd = -1;
  }

  private open(): number {
    if (this.fd < 0) this.fd = fs.openSync(this.file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    return this.fd;
  }
}
