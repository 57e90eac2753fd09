import { MAX_OUTPUT_PAYLOAD } from '../wire/host-frames';
import { SILENT_WRITER_MS, type Attachment } from './attachment';
import type { Attachments } from './attachments';
import type { PtyReader } from './pty-reader';
import type { Transcript } from './transcript';
import { typing } from './typing';

/** The PTY is read again when the controlling writer is less than this share of its window behind. */
const RESUME_SHARE = 3 / 4;
/** Timers may fire a little early; the writer must have been silent for long enough by then. */
const TIMER_SLACK_MS = 10;

export interface ReadingPaceOptions {
  readonly attachments: Attachments;
  readonly transcript: Transcript;
  readonly sizeOwner: () => string | null;
  readonly reader: () => PtyReader | undefined;
  readonly monotonic: () => number;
}

/** How fast a PTY is read: as fast as the controlling writer parses, and as disk and memory take it. */
export class ReadingPace {
  private silenceTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ReadingPaceOptions) {}

  /** Bytes to read at once. */
  get limit(): number {
    if (typing.recently(this.options.monotonic())) return 1;
    const { controller } = this;
    return controller ? Math.max(1, controller.window - controller.behind) : MAX_OUTPUT_PAYLOAD;
  }

  /** Pauses the PTY while the controlling writer is a window behind, or while neither disk nor memory takes more. */
  adjust(): void {
    const { attachments, transcript } = this.options;
    const reader = this.options.reader();
    if (!reader) return;
    attachments.noteProgress();
    const { controller } = this;
    const share = reader.isPaused ? RESUME_SHARE : 1;
    const behind = controller !== undefined && controller.behind >= controller.window * share;
    if (behind || transcript.full) reader.pause();
    else reader.resume();
    if (behind && !this.silenceTimer) {
      this.silenceTimer = setTimeout(() => {
        this.silenceTimer = undefined;
        this.adjust();
      }, SILENT_WRITER_MS + TIMER_SLACK_MS);
    }
  }

  close(): void {
    clearTimeout(this.silenceTimer);
  }

  private get controller(): Attachment | undefined {
    return this.options.attachments.controller(this.options.sizeOwner());
  }
}
