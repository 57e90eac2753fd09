import { EffortExceeded } from '@holdfast/emulator-guard';
import { ScreenEmulator } from '../emulator/screen-emulator';
import type { Answer, Job, Progress } from './messages';

/** The screens one worker holds. One that failed is gone; its session starts again. */
export class Emulators {
  private readonly bySession = new Map<string, ScreenEmulator>();

  answer(job: Job): Answer {
    try {
      return { ok: true, result: this.run(job) };
    } catch (error) {
      this.close(job.session);
      const code = error instanceof EffortExceeded ? 'effort' : 'failed';
      return { ok: false, code, message: error instanceof Error ? error.message : String(error) };
    }
  }

  private run(job: Job): unknown {
    switch (job.op) {
      case 'open':
        this.close(job.session);
        this.bySession.set(job.session, new ScreenEmulator(job));
        return progressOf(this.emulator(job.session));
      case 'feed': {
        const emulator = this.emulator(job.session);
        emulator.feed(job.bytes, job.resizes);
        return progressOf(emulator);
      }
      case 'snapshot':
        return this.emulator(job.session).snapshot();
      case 'seal':
        this.emulator(job.session).seal(job.seam);
        return null;
      case 'text':
        return this.emulator(job.session).text();
      case 'replies':
        return this.emulator(job.session).repliesAfter(job.after);
      case 'close':
        this.close(job.session);
        return null;
      default:
        return job satisfies never;
    }
  }

  private emulator(session: string): ScreenEmulator {
    const emulator = this.bySession.get(session);
    if (!emulator) throw new Error('no such screen');
    return emulator;
  }

  private close(session: string): void {
    this.bySession.get(session)?.dispose();
    this.bySession.delete(session);
  }
}

function progressOf(emulator: ScreenEmulator): Progress {
  const { offset, estimatedBytes, size } = emulator;
  return { offset, estimatedBytes, ...size };
}
