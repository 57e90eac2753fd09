import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { errorMessage } from '../infrastructure/startup-error';
import { DomainError } from '../kernel/domain-error';
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
    for (const { key, epochNumber } of await this.learn(held)) {
      if (epochNumber > 1) await this.catchUp(key);
    }
    for (const transcript of held) await this.consider(transcript);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.pace.wait(Math.max(LOOK_EVERY_MS, this.known.size * LOOK_MS_PER_SESSION), signal);
      try {
        if (!signal.aborted) await this.look();
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn(`Output is not indexed for searches at the moment: ${errorMessage(error)}`);
        await this.pace.wait(RETRY_MS, signal);
      }
    }
  }

  /** Asks what the database knows of sessions and epochs that are new here, and returns them. */
  private async learn(held: readonly HeldTranscript[]): Promise<readonly HeldTranscript[]> {
    const added = held.filter(({ key, epoch }) => this.known.get(key)?.epoch !== epoch);
    const indexed = await this.indexed(added.map(({ key }) => key));
    const before = this.known;
    this.known = new Map();
    for (const { key, epoch } of held) {
      const known = before.get(key);
      const isKnown = known?.epoch === epoch;
      this.known.set(key, isKnown ? known : { epoch, end: -1, start: 0, indexedTo: indexed(key, epoch) });
    }
    return added;
  }

  /** What earlier processes of a session said last: nobody may have looked before the next one took their place. */
  private async catchUp(key: string): Promise<void> {
    const earlier = await this.host.earlierEpochs(key);
    const indexed = await this.indexed([key]);
    for (const transcript of earlier) {
      if (indexed(key, transcript.epoch) < transcript.end) await this.indexOne(transcript);
    }
  }

  private async indexed(keys: readonly string[]): Promise<(key: string, epoch: string) => number> {
    const positions = keys.length > 0 ? await this.index.positions(keys) : [];
    const byEpoch = new Map(positions.map(({ key, epoch, indexedTo }) => [`${key} ${epoch}`, indexedTo]));
    return (key, epoch) => byEpoch.get(`${key} ${epoch}`) ?? 0;
  }

  private async consider(transcript: HeldTranscript): Promise<void> {
    const { key, start, end, exit } = transcript;
    const known = this.known.get(key);
    if (!known || this.stopping.signal.aborted) return;
    const hasPaused = known.end === end || exit !== null;
    known.end = end;
    const news = end - known.indexedTo;
    if (news > 0 && (hasPaused || news >= MUCH_BYTES)) {
      known.indexedTo = (await this.indexOne(transcript)) ?? known.indexedTo;
    } else if (start > known.start && known.indexedTo > 0) {
      await this.index.prune(transcript, start);
    }
    known.start = start;
  }

  /** One transcript that cannot be read must not keep the others waiting: it is left alone until it says more. */
  private async indexOne(transcript: HeldTranscript): Promise<number | undefined> {
    try {
      return await this.sessions.run(transcript, this.stopping.signal);
    } catch (error) {
      if (isAway(error)) throw error;
      this.log.warn(`The output of ${transcript.key} is not indexed for searches: ${errorMessage(error)}`);
      return transcript.end;
    }
  }
}

function isAway(error: unknown): boolean {
  return (error instanceof DomainError && error.retryable) || isDatabaseUnavailable(error);
}
