import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MemoryAuditLog } from '../audit/memory-audit-log';
import { SystemClock } from '../kernel/clock';
import { HeldDirectory } from './held-directory';
import { type Place, UsageWatch } from './usage-watch';

const KIB = 1024;

describe('UsageWatch', () => {
  let root: string;
  let audit: MemoryAuditLog;
  let watch: UsageWatch;

  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'usage-')));
    audit = new MemoryAuditLog();
    watch = new UsageWatch(new SystemClock(), audit);
  });
  afterEach(() => {
    watch.onApplicationShutdown();
    fs.rmSync(root, { recursive: true, force: true });
  });

  const place = (maxBytes: number): Place => ({
    kind: 'workspace',
    id: 'p1',
    maxBytes,
    open: () => (fs.existsSync(root) ? HeldDirectory.open(root) : undefined),
  });
  const fill = (bytes: number) => fs.writeFileSync(path.join(root, 'file'), Buffer.alloc(bytes, 1));

  it('lets terminals into what has room, and into what does not exist yet', async () => {
    await expect(watch.requireRoom(place(64 * KIB), 'alice')).resolves.toBeUndefined();
    fs.rmdirSync(root);
    const none = { ...place(64 * KIB), id: 'p2' };
    await watch.count(none);
    await expect(watch.usageOf(none)).resolves.toMatchObject({ bytes: 0, files: 0 });
  });

  it('refuses them in what is full, says how much, and writes it down', async () => {
    fill(96 * KIB);
    await watch.count(place(64 * KIB));
    await expect(watch.requireRoom(place(64 * KIB), 'alice')).rejects.toMatchObject({
      code: 'workspace_full',
      message: expect.stringContaining('holds 0.1 MiB and may hold 0.1 MiB (WORKSPACE_MAX_BYTES)') as string,
      options: { details: { limit: 'WORKSPACE_MAX_BYTES', value: 64 * KIB, current: 96 * KIB, files: 1 } },
    });
    expect(audit.entries).toEqual([
      expect.objectContaining({ code: 'limit.hit', reason: 'workspace_full', target: { kind: 'workspace', id: 'p1' } }),
    ]);
  });

  it('lets them in again as soon as somebody made room', async () => {
    fill(96 * KIB);
    await watch.count(place(64 * KIB));
    await expect(watch.requireRoom(place(64 * KIB), 'alice')).rejects.toMatchObject({ code: 'workspace_full' });
    fill(0);
    // Counting may take a twentieth of the time; this took less than a millisecond.
    const letIn = async () => {
      for (;;)
        if (
          await watch.requireRoom(place(64 * KIB), 'alice').then(
            () => true,
            () => false,
          )
        )
          return;
    };
    await letIn();
  });

  it('takes for full what it cannot count to its end', async () => {
    fs.mkdirSync(path.join(root, Array.from({ length: 140 }, () => 'd').join('/')), { recursive: true });
    await watch.count(place(2 ** 40));
    await expect(watch.requireRoom(place(2 ** 40), 'alice')).rejects.toMatchObject({
      code: 'workspace_full',
      message: expect.stringContaining('more than 128 levels deep') as string,
    });
  });
});
