import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { AuditLog } from '../audit/audit-log';
import { BoundedMap } from '../infrastructure/cache/bounded-map';
import { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { Semaphore } from '../kernel/semaphore';
import type { HeldDirectory } from './held-directory';
import { type Measured, measureDirectory, type MeasureProblem } from './measure-directory';
import { TurnPace } from './pace';

/** A tree that is watched. */
export interface Place {
  readonly kind: 'workspace' | 'home';
  readonly id: string;
  readonly maxBytes: number;
  /** Undefined while there is none. */
  readonly open: () => HeldDirectory | undefined;
}

export interface Usage extends Measured {
  /** Unix milliseconds. */
  readonly measuredAt: number;
}

interface Watched {
  usage?: Usage;
  measuring?: Promise<void>;
  /** Of {@link Clock.monotonic}. */
  measuredAt: number;
  tookMs: number;
  wasFull: boolean;
}

/** Places whose usage is remembered; measuring one again costs its first terminal a quarter of a second at most. */
const MAX_WATCHED = 10_000;
/** Trees counted at the same time, each with a tenth of a core. */
const MAX_MEASURING = 2;
/** Usage older than this is counted again, in the background, when a terminal is opened. */
const FRESH_MS = 10_000;
/** … unless that took long: counting may take a twentieth of the time. */
const SHARE = 20;
/** As long as a new terminal waits for a count: an ordinary workspace takes a few milliseconds. */
const PATIENCE_MS = 250;
const MIB = 2 ** 20;

/**
 * Knows how much workspaces and homes hold, and refuses new terminals in what is full. It watches, it does not hold back: between
 * two counts a terminal that runs can write more than it may.
 */
@Injectable()
export class UsageWatch implements OnApplicationShutdown {
  private readonly log = new Logger(UsageWatch.name);
  private readonly watched = new BoundedMap<string, Watched>(MAX_WATCHED);
  private readonly slots = new Semaphore(MAX_MEASURING, MAX_WATCHED);
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  /** Throws `workspace_full`. What cannot be counted in time is let in, and counted on. */
  async requireRoom(place: Place, userId: string): Promise<void> {
    const usage = await this.usageOf(place);
    if (!usage || !isFull(usage, place)) return;
    this.audit.record({
      code: 'limit.hit',
      outcome: 'refused',
      reason: ErrorCode.workspaceFull,
      actor: { userId },
      target: { kind: place.kind, id: place.id },
      data: { limit: VARIABLE[place.kind], value: place.maxBytes, current: usage.bytes, files: usage.files },
    });
    throw full(place, usage);
  }

  /** As fresh as it can be had in a moment; undefined when the first count takes longer. */
  async usageOf(place: Place): Promise<Usage | undefined> {
    const watched = this.watch(place);
    if (this.isDue(watched)) this.measure(place, watched);
    // What is full is let go on as soon as it was cleaned up; what had room a moment ago has it still.
    const mustWait = !watched.usage || isFull(watched.usage, place);
    if (mustWait && watched.measuring) await atMost(PATIENCE_MS, watched.measuring);
    return watched.usage;
  }

  /** Resolves when it is counted, if that is due. */
  async count(place: Place): Promise<void> {
    const watched = this.watch(place);
    if (this.isDue(watched)) this.measure(place, watched);
    await watched.measuring;
  }

  onApplicationShutdown(): void {
    this.stopped = true;
  }

  private watch({ kind, id }: Place): Watched {
    const key = `${kind}:${id}`;
    const known = this.watched.get(key);
    if (known) return known;
    const watched: Watched = { measuredAt: Number.NEGATIVE_INFINITY, tookMs: 0, wasFull: false };
    this.watched.set(key, watched);
    return watched;
  }

  private isDue({ measuredAt, tookMs, usage, wasFull }: Watched): boolean {
    if (!usage) return true;
    // What is full is looked at again as soon as somebody asks: they may have made room.
    return this.clock.monotonic() - measuredAt >= Math.max(wasFull ? 0 : FRESH_MS, tookMs * SHARE);
  }

  private measure(place: Place, watched: Watched): void {
    if (watched.measuring || this.stopped) return;
    const slot = this.slots.acquire();
    if (!slot) return;
    watched.measuring = slot
      .then((release) => this.walk(place, watched).finally(release))
      .catch((error: unknown) => this.log.warn(`The ${place.kind} of ${place.id} was not measured: ${String(error)}`))
      .finally(() => (watched.measuring = undefined));
  }

  private async walk(place: Place, watched: Watched): Promise<void> {
    const directory = place.open();
    const startedAt = this.clock.monotonic();
    const measured = directory ? await measureDirectory(directory, new TurnPace()) : { bytes: 0, files: 0 };
    watched.measuredAt = this.clock.monotonic();
    watched.tookMs = watched.measuredAt - startedAt;
    watched.usage = { ...measured, measuredAt: this.clock.now() };
    this.tell(place, watched);
  }

  private tell(place: Place, watched: Watched): void {
    const { usage, wasFull } = watched;
    watched.wasFull = usage !== undefined && isFull(usage, place);
    if (!usage || watched.wasFull === wasFull) return;
    const { kind, id } = place;
    if (wasFull) this.log.log(`The ${kind} of ${id} has room again.`);
    else this.log.warn(`The ${kind} of ${id} is full: ${reason(place, usage)}`);
  }
}

export function isFull({ bytes, problem }: Measured, { maxBytes }: Place): boolean {
  return bytes >= maxBytes || problem !== undefined;
}

const PROBLEMS: Readonly<Record<MeasureProblem, string>> = {
  too_many_files: 'it holds more than a million files.',
  too_deep: 'it holds directories more than 128 levels deep.',
  unreadable: 'it holds directories that cannot be read; give their owner the right again (chmod u+rwx).',
};
const VARIABLE = { workspace: 'WORKSPACE_MAX_BYTES', home: 'HOME_MAX_BYTES' } as const;

function reason({ maxBytes, kind }: Place, { bytes, problem }: Measured): string {
  if (bytes < maxBytes && problem) return PROBLEMS[problem];
  return `it holds ${inMib(bytes)} MiB and may hold ${inMib(maxBytes)} MiB (${VARIABLE[kind]}).`;
}

function full(place: Place, usage: Usage): DomainError {
  const what = place.kind === 'workspace' ? "This project's workspace" : 'Your home directory';
  return new DomainError(
    ErrorCode.workspaceFull,
    `${what} is full: ${reason(place, usage)} Delete files in a terminal that is still open, or ask an administrator.`,
    { details: { limit: VARIABLE[place.kind], value: place.maxBytes, current: usage.bytes, files: usage.files } },
  );
}

function inMib(bytes: number): number {
  return Math.round((bytes / MIB) * 10) / 10;
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
