import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { RandomIds } from '../kernel/ids';
import { ClaudeDirectory } from './claude-directory';
import { ClaudeTokens, type ClaudeToken } from './claude-tokens';

const dataDir = fs.mkdtempSync('/tmp/hf-tokens-');
const directory = new ClaudeDirectory(dataDir);
afterAll(() => fs.rmSync(dataDir, { recursive: true }));
beforeEach(() => {
  fs.rmSync(directory.root, { recursive: true, force: true });
  directory.make();
});

function tokens(): ClaudeTokens {
  return new ClaudeTokens(directory.tokens, new RandomIds());
}

function owner(sessionKey: string): ClaudeToken {
  return { sessionKey, sessionId: `id-${sessionKey}`, projectId: 'p', userId: 'u', purpose: 'session' };
}

function sha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function everythingIn(folder: string): string {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  return files.map((file) => `${file}\n${fs.readFileSync(file, 'utf8')}`).join('\n');
}

describe('ClaudeTokens', () => {
  it('knows what it issued, also after a restart', () => {
    const token = tokens().issue(owner('a'));
    expect(token).toMatch(/^hfc_[A-Za-z0-9_-]{32}$/);
    expect(tokens().find(token)).toEqual(owner('a'));
  });

  it('keeps no token, only what it was made into, in files of nobody else', () => {
    const token = tokens().issue(owner('a'));
    const kept = everythingIn(directory.tokens);
    expect(kept).toContain('id-a');
    expect(kept).not.toContain(token.slice('hfc_'.length));
    for (const file of fs.readdirSync(directory.tokens).filter((name) => name.endsWith('.json'))) {
      expect(fs.statSync(path.join(directory.tokens, file)).mode & 0o077).toBe(0);
    }
    expect(fs.statSync(directory.tokens).mode & 0o777).toBe(0o700);
  });

  it('forgets every token of a session that has ended, in every process at once, and no other', () => {
    const [first, second, other] = [tokens().issue(owner('a')), tokens().issue(owner('a')), tokens().issue(owner('b'))];
    const elsewhere = tokens();
    expect(elsewhere.find(first)).toBeDefined();
    tokens().revoke('a');
    expect([elsewhere.find(first), elsewhere.find(second)]).toEqual([undefined, undefined]);
    expect(elsewhere.find(other)).toEqual(owner('b'));
    tokens().revoke('a');
    tokens().revoke('never seen');
    expect(everythingIn(directory.tokens)).not.toContain('id-a');
  });

  it('gives a session that goes on a token again', () => {
    const old = tokens().issue(owner('a'));
    tokens().revoke('a');
    const token = tokens().issue(owner('a'));
    expect([tokens().find(old), tokens().find(token)]).toEqual([undefined, owner('a')]);
  });

  it('forgets what was issued before a process ended, and not what the next one got meanwhile', () => {
    const [old, next] = [tokens().issue(owner('a')), tokens().issue(owner('a'))];
    const [first = ''] = fs.readdirSync(directory.tokens).filter((name) => name === `${sha256(old)}.json`);
    fs.utimesSync(path.join(directory.tokens, first), new Date(1_000), new Date(1_000));
    tokens().revoke('a', 2_000);
    expect([tokens().find(old), tokens().find(next)]).toEqual([undefined, owner('a')]);
    tokens().revoke('a');
    expect(tokens().find(next)).toBeUndefined();
  });

  it('forgets what somebody looks for by its owner and its age', () => {
    const [gone, kept] = [tokens().issue(owner('gone')), tokens().issue(owner('kept'))];
    const now = Date.now();
    tokens().revokeWhere(({ sessionKey }, issuedAt) => sessionKey === 'gone' && issuedAt > now - 60_000);
    expect([tokens().find(gone), tokens().find(kept)]).toEqual([undefined, owner('kept')]);
  });

  it.each(['', 'hfc_', `hfc_${'a'.repeat(32)}`, `hfc_${'../'.repeat(11)}`, `${'x'.repeat(100_000)}`, 'a\0b'])(
    'knows nothing of %j',
    (token) => {
      tokens().issue(owner('a'));
      expect(tokens().find(token)).toBeUndefined();
    },
  );

  it('holds so many of a machine, and forgets the oldest of those that nobody took back', () => {
    const few = new ClaudeTokens(directory.tokens, new RandomIds(), 3);
    const issued = ['a', 'b', 'c'].map((key) => few.issue(owner(key)));
    for (const name of fs.readdirSync(directory.tokens).filter((file) => file.endsWith('.json'))) {
      const file = path.join(directory.tokens, name);
      const seconds = fs.readFileSync(file, 'utf8').includes('id-a') ? 1 : 2;
      fs.utimesSync(file, seconds, seconds);
    }
    issued.push(few.issue(owner('d')));
    expect(issued.map((token) => few.find(token)?.sessionKey)).toEqual([undefined, 'b', 'c', 'd']);
  });

  it('takes half a file for no token', () => {
    const token = tokens().issue(owner('a'));
    const [file = ''] = fs.readdirSync(directory.tokens).filter((name) => name.endsWith('.json'));
    fs.writeFileSync(path.join(directory.tokens, file), '{"sessionKey":');
    expect(tokens().find(token)).toBeUndefined();
  });
});
