import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { Pace } from './index/pace';
import { SessionIndexer } from './index/session-indexer';
import { TextIndex } from './index/text-index';
import { TranscriptHost, type HeldTranscript } from './transcript-host';

/** A session has paused when it said nothing from one look to the next. */
const LOOK_EVERY_MS = 5_000;
/** A look makes the host describe all sessions: with thousands of them it happens less often. */
const LOOK_MS_PER_SESSION = 5;
/** Without a pause, so much new output is worth indexing. */
const MUCH_BYTES = 256 * 1024;
/** After a failure, which is nearly always a database or a host that is away. */
const RETRY_MS = 30_000;

/** What this gateway knows of a session; never more than the host has sessions. */
interface Known {
  readonly epoch: string;
  /** At the last look. */
  end: number;
  start: number;
  indexedTo: number;
}

/** Looks for new output and has it indexed, one session at a time, in the background. */
@Injectable()
export class TranscriptIndexer implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(TranscriptIndexer.name);
  private readonly stopping = new AbortController();
  private known = new Map<string, Known>();

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'searchIndex'>,
    private readonly host: TranscriptHost,
    private readonly sessions: SessionIndexer,
    private readonly index: TextIndex,
    private readonly pace: Pace,
  ) {}

  onModuleInit(): void {
    if (this.config.searchIndex) void this.run();
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** Indexes what is new and has paused, ended, or is much. */
  async look(): Promise<void> {
    if (this.host.isAway) return;
    const held = await this.host.list();
    await this.learn(held);
    for (const transcript of held) {
      if (this.stopping.signal.aborted) return;
      await this.consider(transcript);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.pace.wait(Math.max(LOOK_EVERY_MS, this.known.size * LOOK_MS_PER_SESSION), signal);
      try {
        if (!signal.aborted) await this.look();
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn(`Output is not indexed for searches at the moment: ${(error as Error).message}`);
        await this.pace.wait(RETRY_MS, signal);
      }
    }
  }

  /** Of sessions and epochs that are new to this gateway, what the database knows. */
  private async learn(held: readonly HeldTranscript[]): Promise<void> {
    const isNew = ({ key, epoch }: HeldTranscript): boolean => this.known.get(key)?.epoch !== epoch;
    const added = held.filter(isNew);
    const positions = added.length > 0 ? await this.index.positions(added.map(({ key }) => key)) : [];
    const indexed = new Map(positions.map(({ key, epoch, indexedTo }) => [`${key} ${epoch}`, indexedTo]));
    const known = new Map<string, Known>();
    for (const transcript of held) {
      const { key, epoch } = transcript;
      const before = isNew(transcript) ? undefined : this.known.get(key);
      const indexedTo = indexed.get(`${key} ${epoch}`) ?? 0;
      known.set(key, before ?? { epoch, end: -1, start: 0, indexedTo });
    }
    this.known = known;
  }

  private async consider(transcript: HeldTranscript): Promise<void> {
    const { key, start, end, exit } = transcript;
    const known = this.known.get(key);
    if (!known) return;
    const hasPaused = known.end === end || exit !== null;
    known.end = end;
    const news = end - known.indexedTo;
    if (news > 0 && (hasPaused || news >= MUCH_BYTES)) {
      known.indexedTo = (await this.sessions.run(transcript, this.stopping.signal)) ?? known.indexedTo;
    } else if (start > known.start && known.indexedTo > 0) {
      await this.index.prune(transcript, start);
    }
    known.start = start;
  }
}
