import fs from 'node:fs';
import path from 'node:path';
import { VERSION } from './arguments.mjs';

/** What the CLI says of itself in `sessions/<pid>.json`; gone after a clean exit. */
export class SessionFile {
  constructor(configDirectory, transcript) {
    this.directory = path.join(configDirectory, 'sessions');
    this.file = path.join(this.directory, `${process.pid}.json`);
    this.transcript = transcript;
    this.startedAt = Date.now();
  }

  /** `idle`, `busy`, or `waiting` for something. */
  write(status, waitingFor) {
    const { sessionId } = this.transcript;
    const content = {
      ...{ pid: process.pid, sessionId, cwd: process.cwd(), startedAt: this.startedAt, version: VERSION },
      ...{ kind: 'interactive', status, updatedAt: Date.now() },
      ...(waitingFor === undefined ? {} : { waitingFor }),
    };
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const fresh = `${this.file}.${process.pid}.tmp`;
    fs.writeFileSync(fresh, JSON.stringify(content));
    fs.renameSync(fresh, this.file);
  }

  remove() {
    fs.rmSync(this.file, { force: true });
  }
}
