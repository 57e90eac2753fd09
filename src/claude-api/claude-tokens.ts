import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Ids } from '../kernel/ids';

/** What a token says of whoever shows it. */
export interface ClaudeToken {
  readonly sessionKey: string;
  readonly sessionId: string;
  readonly projectId: string;
  readonly userId: string;
  readonly purpose: 'session' | 'suggestion';
}

const PREFIX = 'hfc_';
const RANDOM_BYTES = 24;
const TOKEN = /^hfc_[A-Za-z0-9_-]{32}$/;
const ONLY_MINE = 0o600;
/** Four times the sessions an installation runs by default. Beyond, the oldest goes: sessions that were lost left it behind. */
const MAX_TOKENS = 20_000;

/**
 * The tokens of this machine's Claude sessions, one file for each, named by its hash: they survive restarts, and a copy of the
 * files opens nothing. Every process sees what another one revoked at once.
 */
export class ClaudeTokens {
  constructor(
    private readonly directory: string,
    private readonly ids: Pick<Ids, 'secret'>,
    private readonly maxTokens = MAX_TOKENS,
  ) {}

  issue({ sessionKey, sessionId, projectId, userId, purpose }: ClaudeToken): string {
    fs.mkdirSync(this.sessionsDirectory, { recursive: true, mode: 0o700 });
    this.makeRoom();
    const token = `${PREFIX}${this.ids.secret(RANDOM_BYTES)}`;
    const hash = sha256(token);
    // Found by `revoke` before it can be used.
    fs.appendFileSync(this.sessionFile(sessionKey), `${hash}\n`, { mode: ONLY_MINE });
    const owner: ClaudeToken = { sessionKey, sessionId, projectId, userId, purpose };
    fs.writeFileSync(this.fileOf(hash), JSON.stringify(owner), { mode: ONLY_MINE, flag: 'wx' });
    return token;
  }

  /** Looked up by hash: how long that takes says nothing about the tokens there are. */
  find(token: string): ClaudeToken | undefined {
    return TOKEN.test(token) ? readOwner(this.fileOf(sha256(token))) : undefined;
  }

  /** Every token that a session got before then (Unix milliseconds); it may get another one afterwards. */
  revoke(sessionKey: string, issuedBefore = Number.POSITIVE_INFINITY): void {
    const list = this.sessionFile(sessionKey);
    const files = linesOf(list).map((hash) => this.fileOf(hash));
    const revoked = files.filter((file) => modifiedAt(file) < issuedBefore);
    for (const file of revoked) fs.rmSync(file, { force: true });
    if (revoked.length === files.length) fs.rmSync(list, { force: true });
  }

  /** Looks through all of them. */
  revokeWhere(isOver: (owner: ClaudeToken, issuedAt: number) => boolean): void {
    if (!fs.existsSync(this.directory)) return;
    for (const name of fs.readdirSync(this.directory).filter((each) => each.endsWith('.json'))) {
      const file = path.join(this.directory, name);
      const owner = readOwner(file);
      if (!owner || !isOver(owner, modifiedAt(file))) continue;
      fs.rmSync(file, { force: true });
    }
  }

  private makeRoom(): void {
    const files = fs.readdirSync(this.directory).filter((name) => name.endsWith('.json'));
    if (files.length < this.maxTokens) return;
    const aged = files.map((name) => ({ name, at: modifiedAt(path.join(this.directory, name)) }));
    aged.sort((a, b) => a.at - b.at);
    for (const { name } of aged.slice(0, files.length - this.maxTokens + 1)) {
      fs.rmSync(path.join(this.directory, name), { force: true });
    }
  }

  private fileOf(hash: string): string {
    return path.join(this.directory, `${hash}.json`);
  }

  private get sessionsDirectory(): string {
    return path.join(this.directory, 'sessions');
  }

  /** The hashes of a session's tokens, so that its end need not look through all of them. */
  private sessionFile(sessionKey: string): string {
    return path.join(this.sessionsDirectory, sha256(sessionKey));
  }
}

function readOwner(file: string): ClaudeToken | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as ClaudeToken;
  } catch {
    // Revoked, never issued, or half a file after a full disk.
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function linesOf(file: string): string[] {
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

function modifiedAt(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
