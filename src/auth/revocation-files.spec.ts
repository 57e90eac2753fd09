import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FakeClock } from '../../test/support/fake-clock';
import { RecentRevocations } from './recent-revocations';
import { RevocationFiles } from './revocation-files';

const LIFE_MS = 900_000;

describe('RevocationFiles', () => {
  let directory: string;
  let clock: FakeClock;

  beforeEach(() => {
    directory = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hf-revocations-')), 'revocations');
    clock = new FakeClock();
  });

  afterEach(() => fs.rmSync(path.dirname(directory), { recursive: true, force: true }));

  const start = () => new RecentRevocations(LIFE_MS, clock, new RevocationFiles(directory, LIFE_MS, clock));

  it('lets the next process refuse what this one was told', () => {
    const token = { loginId: 'login', userId: 'user', issuedAtMs: clock.now() };
    const first = start();
    first.addLogin('login');
    first.addUser('other');
    clock.advance(LIFE_MS - 1);
    const second = start();
    expect(second.has(token)).toBe(true);
    expect(second.has({ ...token, loginId: 'x', userId: 'other' })).toBe(true);
    expect(second.has({ loginId: 'x', userId: 'other', issuedAtMs: clock.now() })).toBe(false);
  });

  it('forgets, on disk as well, what no living token can be about', () => {
    start().addLogin('login');
    clock.advance(2 * LIFE_MS);
    expect(new RevocationFiles(directory, LIFE_MS, clock).read()).toEqual([]);
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('writes what it knows already only once', () => {
    const revocations = start();
    for (let i = 0; i < 10; i++) revocations.addLogin('login');
    start().addLogin('login');
    expect(new RevocationFiles(directory, LIFE_MS, clock).read()).toHaveLength(1);
  });

  it('reads past a torn line', () => {
    start().addLogin('login');
    const [file] = fs.readdirSync(directory).map((name) => path.join(directory, name));
    fs.appendFileSync(file as string, '{"kind":"login","id":"to');
    expect(new RevocationFiles(directory, LIFE_MS, clock).read()).toMatchObject([{ id: 'login' }]);
  });
});
