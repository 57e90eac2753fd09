import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { UsageError, VERSION } from './arguments.mjs';

/** The conversation on disk: one file for each id, which exists from the first prompt on. */
export class Transcript {
  constructor(directory, sessionId) {
    this.directory = directory;
    this.sessionId = sessionId;
    this.messages = [];
    this.last = null;
  }

  static open(configDirectory, cwd, { sessionId, resume }) {
    const directory = path.join(configDirectory, 'projects', cwd.replace(/[^a-zA-Z0-9]/g, '-'));
    const transcript = new Transcript(directory, sessionId ?? resume ?? randomUUID());
    const exists = fs.existsSync(transcript.file);
    if (resume !== undefined && !exists) throw new UsageError(`No conversation found with session ID: ${resume}`);
    if (sessionId !== undefined && exists) throw new UsageError(`Error: Session ID ${sessionId} is already in use.`);
    if (exists) transcript.read();
    return transcript;
  }

  get file() {
    return path.join(this.directory, `${this.sessionId}.jsonl`);
  }

  /** A new conversation, as after /clear. */
  restart() {
    this.sessionId = randomUUID();
    this.messages = [];
    this.last = null;
  }

  add(role, content) {
    const message = { role, content };
    this.messages.push(message);
    const uuid = randomUUID();
    const line = {
      ...{
        parentUuid: this.last,
        isSidechain: false,
        userType: 'external',
        cwd: process.cwd(),
        sessionId: this.sessionId,
      },
      ...{ version: VERSION, type: role, message, uuid, timestamp: new Date().toISOString() },
    };
    this.last = uuid;
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    fs.appendFileSync(this.file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  /** What the API gets: neighbours of one role are one message, as a failed turn leaves them. */
  get history() {
    const merged = [];
    for (const { role, content } of this.messages) {
      const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
      const last = merged.at(-1);
      if (last?.role === role) last.content.push(...blocks);
      else merged.push({ role, content: [...blocks] });
    }
    return merged;
  }

  read() {
    for (const line of fs.readFileSync(this.file, 'utf8').split('\n')) {
      if (line === '') continue;
      const { type, message, uuid } = JSON.parse(line);
      if (type !== 'user' && type !== 'assistant') continue;
      this.messages.push(message);
      this.last = uuid;
    }
  }
}
