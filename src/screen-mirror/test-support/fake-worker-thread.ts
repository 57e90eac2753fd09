import type { WorkerThread } from '../mirror-worker';
import { Emulators } from '../worker/emulators';
import type { Answer, Job } from '../worker/messages';

type Listener = (value: never) => void;

/** A worker in this thread that can be told to hang or to die at the next job about a session. */
export class FakeWorkerThread implements WorkerThread {
  readonly jobs: Job[] = [];
  terminated = false;
  private readonly emulators = new Emulators();
  private readonly listeners = new Map<string, Listener>();

  constructor(private readonly fate: (job: Job) => 'answer' | 'hang' | 'die' = () => 'answer') {}

  on(event: string, listener: Listener): this {
    this.listeners.set(event, listener);
    return this;
  }

  postMessage(job: Job): void {
    this.jobs.push(job);
    const fate = this.fate(job);
    if (fate === 'answer') queueMicrotask(() => this.emit('message', this.emulators.answer(job)));
    if (fate === 'die') queueMicrotask(() => this.emit('exit', 1));
  }

  terminate(): Promise<void> {
    this.terminated = true;
    return Promise.resolve();
  }

  private emit(event: string, value: Answer | number): void {
    (this.listeners.get(event) as ((value: Answer | number) => void) | undefined)?.(value);
  }
}
