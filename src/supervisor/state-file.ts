import fs from 'node:fs/promises';
import path from 'node:path';
import type { GatewayState } from './gateway-process';

/** `DATA_DIR/gateways.json`: what the supervisor's processes do, for `npm run restart` and people. */
export interface SupervisorState {
  /** The supervisor's. */
  readonly pid: number;
  /** The newest roll; 0 = none yet. */
  readonly roll: {
    readonly number: number;
    readonly state: 'idle' | 'rolling' | 'done' | 'failed';
    readonly reason?: string;
  };
  readonly gateways: readonly {
    readonly pid: number;
    readonly generation: number;
    readonly state: GatewayState | 'stalled';
  }[];
}

export function stateFile(dataDir: string): string {
  return path.join(dataDir, 'gateways.json');
}

/** Writes the newest state, one write at a time, so that a full or slow disk holds nothing up. */
export class StateFile {
  private next: SupervisorState | undefined;
  private writing: Promise<void> | undefined;

  constructor(private readonly dataDir: string) {}

  write(state: SupervisorState): void {
    this.next = state;
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
  }

  async remove(): Promise<void> {
    this.next = undefined;
    await this.writing;
    await fs.rm(stateFile(this.dataDir), { force: true });
  }

  private async writeAll(): Promise<void> {
    const file = stateFile(this.dataDir);
    while (this.next) {
      const state = this.next;
      this.next = undefined;
      // Readers see the old state or the new one. What a power cut leaves is of an ended process anyway.
      await fs
        .writeFile(`${file}.new`, `${JSON.stringify(state)}\n`)
        .then(() => fs.rename(`${file}.new`, file))
        .catch(() => undefined);
    }
  }
}
