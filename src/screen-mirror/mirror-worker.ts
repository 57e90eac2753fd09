import { MirrorError } from './mirror-error';
import type { Answer, Job, JobResult, Operation } from './worker/messages';

/** As much of a worker thread as is used here; a fake stands in for it in tests. */
export interface WorkerThread {
  postMessage(job: Job): void;
  on(event: 'message', listener: (answer: Answer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<unknown>;
}

interface Waiting {
  readonly job: Job;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: MirrorError) => void;
}

/**
 * One worker thread and its watchdog. Jobs are sent one at a time, so the one that does not come back in time is the one to
 * blame: it fails with `timeout` (or `crashed`), the thread is replaced at the next job, and the jobs behind it fail with
 * `restarted`, because the screens they are about are gone.
 */
export class MirrorWorker {
  private thread: WorkerThread | undefined;
  private queue: Waiting[] = [];
  private current: Waiting | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private lost = 0;
  private closed = false;

  constructor(
    private readonly start: () => WorkerThread,
    private readonly jobTimeoutMs: number,
  ) {}

  /** Threads lost so far; what was opened under another number is gone. */
  get restarts(): number {
    return this.lost;
  }

  run<O extends Operation>(job: Job<O>): Promise<JobResult<O>> {
    if (this.closed) return Promise.reject(new MirrorError('closed', 'the screen mirror is shut down'));
    return new Promise<JobResult<O>>((resolve, reject) => {
      this.queue.push({ job: job as Job, resolve: resolve as (result: unknown) => void, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const thread = this.detach();
    this.failAll('closed', 'the screen mirror is shut down');
    await thread?.terminate();
  }

  private next(): void {
    if (this.current) return;
    this.current = this.queue.shift();
    if (!this.current) return;
    this.thread ??= this.listen(this.start());
    this.deadline = setTimeout(() => this.lose('timeout', 'parsing took too long'), this.jobTimeoutMs);
    this.thread.postMessage(this.current.job);
  }

  private listen(thread: WorkerThread): WorkerThread {
    const whileMine =
      <T>(listener: (value: T) => void) =>
      (value: T) => {
        if (this.thread === thread) listener(value);
      };
    thread.on(
      'message',
      whileMine((answer: Answer) => this.answered(answer)),
    );
    thread.on(
      'error',
      whileMine((error: Error) => this.lose('crashed', error.message)),
    );
    thread.on(
      'exit',
      whileMine((code: number) => this.lose('crashed', `the worker ended with code ${code}`)),
    );
    return thread;
  }

  private answered(answer: Answer): void {
    const done = this.current;
    clearTimeout(this.deadline);
    this.current = undefined;
    if (answer.ok) done?.resolve(answer.result);
    else done?.reject(new MirrorError(answer.code, answer.message));
    this.next();
  }

  private lose(code: 'timeout' | 'crashed', message: string): void {
    this.lost++;
    const thread = this.detach();
    this.current?.reject(new MirrorError(code, message));
    this.current = undefined;
    this.failAll('restarted', 'the worker was replaced');
    // It may be in an endless loop; nothing waits for its end.
    void thread?.terminate().catch(() => undefined);
  }

  private detach(): WorkerThread | undefined {
    const thread = this.thread;
    this.thread = undefined;
    clearTimeout(this.deadline);
    return thread;
  }

  private failAll(code: 'restarted' | 'closed', message: string): void {
    const waiting = this.current ? [this.current, ...this.queue] : this.queue;
    this.current = undefined;
    this.queue = [];
    for (const { reject } of waiting) reject(new MirrorError(code, message));
  }
}
