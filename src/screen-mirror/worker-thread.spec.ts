import { Worker } from 'node:worker_threads';
import { SystemClock } from '../kernel/clock';
import { MemoryTranscriptSource } from './memory-transcript-source';
import { MirrorWorker, type WorkerThread } from './mirror-worker';
import { ScreenMirrors } from './screen-mirrors';
import { workerFile } from './worker-file';

describe('in a real worker thread', () => {
  it('a session is parsed, drawn and answered', async () => {
    const source = new MemoryTranscriptSource();
    const mirrors = new ScreenMirrors(source, new SystemClock(), { workers: 2 });
    for (const id of ['a', 'b', 'c']) source.session(id).write(`I am ${id}\x1b[6n`);
    const texts = await Promise.all(['a', 'b', 'c'].map(async (id) => (await mirrors.text(id)).lines[0]));
    expect(texts).toEqual(['I am a', 'I am b', 'I am c']);
    expect((await mirrors.snapshot('a')).bytes.toString()).toContain('I am a');
    expect(await mirrors.answer('b', 0)).toEqual([{ offset: 10, bytes: Buffer.from('\x1b[1;7R') }]);
    await mirrors.onModuleDestroy();
  });

  it('an endless loop ends at the deadline, and the next job has a new thread', async () => {
    const loop = 'require("worker_threads").parentPort.on("message", () => { for (;;); })';
    const threads = [() => new Worker(loop, { eval: true }), () => new Worker(workerFile())];
    const worker = new MirrorWorker(() => (threads.shift() as () => WorkerThread)(), 500);
    const job = { session: 's', cols: 80, rows: 24, offset: 0, scrollbackLines: 10 } as const;
    const stuck = worker.run({ op: 'open', ...job });
    const behind = worker.run({ op: 'text', session: 's' });
    await expect(stuck).rejects.toMatchObject({ code: 'timeout' });
    await expect(behind).rejects.toMatchObject({ code: 'restarted' });
    // Under load a fresh thread may need more than the deadline; what counts is that one is there.
    await expect(
      retried(
        () => worker.run({ op: 'open', ...job }),
        () => threads.push(() => new Worker(workerFile())),
      ),
    ).resolves.toMatchObject({ cols: 80 });
    await worker.close();
  });

  it('a thread that dies takes its job along, not the process', async () => {
    const death = 'require("worker_threads").parentPort.on("message", () => process.exit(3))';
    const worker = new MirrorWorker(() => new Worker(death, { eval: true }), 10_000);
    await expect(worker.run({ op: 'text', session: 's' })).rejects.toMatchObject({ code: 'crashed' });
    expect(worker.restarts).toBe(1);
    await worker.close();
  });

  it('a thread that eats its heap dies alone', async () => {
    const hunger =
      'require("worker_threads").parentPort.on("message", () => { const all = []; for (;;) all.push({ all: [...all] }); })';
    const start = () => new Worker(hunger, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } });
    const worker = new MirrorWorker(start, 30_000);
    await expect(worker.run({ op: 'text', session: 's' })).rejects.toMatchObject({ code: 'crashed' });
    await worker.close();
  });
});

async function retried<T>(work: () => Promise<T>, before: () => void): Promise<T> {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      return await work();
    } catch {
      before();
    }
  }
  return work();
}
